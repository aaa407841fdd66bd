"""What the console shows of a service that goes on: the same when its page is made, and in each event after it."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from shared.console.readings import MOST, Reading, States
from shared.console.watch import Watch
from shared.messaging.outbox_age import WAITING_SECONDS


def describe_live(
    request: Request, watch: Watch, checks: Mapping[str, str | None] | None = None
) -> Mapping[str, Any]:
    """The values of the template `live.html`; `checks` say more of the parts of this process than a reading does."""
    readings = watch.readings
    return {
        "readings": readings,
        "reading": readings[-1],
        # Where the database doesn't answer, nothing is read.
        "checks": checks or {"database": None, **readings[-1].checks},
        "states": _name_states(request, watch.states, readings[-1]),
        "most": MOST,
        "behind_seconds": WAITING_SECONDS,
    }


def _name_states(request: Request, states: States | None, reading: Reading) -> Mapping[str, Any] | None:
    if states is None:
        return None
    texts = states.site.load_texts(request)
    rows = [(texts.translate(name), count) for name, count in reading.stored.states.items()]
    return {"title": texts.translate(states.title), "rows": rows}
