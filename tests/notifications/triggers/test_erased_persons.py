"""Someone in a mentorship is erased: the others hear what they have to hear, whichever message comes first."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.catalogue import ERASURE, MENTORSHIP, PROFILE, Topic
from shared.messaging.message import Message
from shared.testing.services import Running
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, receive_batch

STATES = ("requested", "proposed", "accepted", "agreed")
PERSONS = ("kim", "desk", "deputy", "adviser")

# What the others have to have heard in the end, by who is erased and how far it had come.
HEARD: dict[tuple[str, str], set[tuple[str, str]]] = {
    ("desk", "requested"): {("request-received", "deputy")},
    ("desk", "proposed"): {("adviser-asked", "adviser")},
    ("desk", "accepted"): {("adviser-accepted", "kim")},
    ("desk", "agreed"): {("mentorship-agreed", "kim"), ("mentorship-agreed", "adviser")},
    ("adviser", "requested"): {("request-received", "desk"), ("request-received", "deputy")},
    ("adviser", "proposed"): {("request-received", "desk"), ("request-received", "deputy")},
    ("adviser", "accepted"): {("request-received", "desk"), ("request-received", "deputy")},
    ("adviser", "agreed"): {("request-ended", "kim")},
    ("kim", "agreed"): set(),
    ("kim", "requested"): set(),
}


@dataclass(frozen=True)
class Case:
    """A request that came as far as `state`, whose `erased` person's order arrives before the `place`th message."""

    erased: str
    state: str
    place: int
    cuts: Sequence[bool]
    sending: Sequence[bool]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    erased, state = draw(st.sampled_from(sorted(HEARD)))
    flags = st.lists(st.booleans(), min_size=6, max_size=6)
    return Case(erased, state, draw(st.integers(0, len(STATES) + 1)), draw(flags), draw(flags))


def live(case: Case, who: dict[str, UUID]) -> list[tuple[Topic, Message[Any]]]:
    """The mentorship's messages, as the matching service publishes them, and the order to erase."""
    request, proposal, contacts = uuid4(), uuid4(), (who["desk"], who["deputy"])

    def write(state: str, proposed: str | None, **other: Any) -> Message[Any]:
        proposals = [(proposal, who["adviser"], proposed)] if proposed else []
        return build.mentorship(request, who["kim"], state, proposals, **{"contacts": contacts} | other)

    steps: list[tuple[str, str | None, dict[str, Any]]] = [
        ("requested", None, {}),
        ("proposed", "proposed", {"contact": who["desk"]}),
        ("accepted", "accepted", {"contact": who["desk"]}),
        ("agreed", "accepted", {"contact": who["desk"], "adviser": who["adviser"]}),
    ]
    come = steps[: STATES.index(case.state) + 1]
    messages = [write(state, proposed, **other) for state, proposed, other in come]
    state, proposed, other = come[-1]
    if case.erased == "kim":
        messages.append(build.message(request, None))
    elif case.erased == "desk":
        messages.append(write(state, proposed, **other | {"contacts": contacts[1:], "contact": None}))
    elif case.state != "requested":
        reopened = "ended" if case.state == "agreed" else "requested"
        messages.append(write(reopened, None, contact=who["desk"]))
    arriving: list[tuple[Topic, Message[Any]]] = [(MENTORSHIP, message) for message in messages]
    arriving.insert(case.place, (ERASURE, build.erasure(who[case.erased])))
    return arriving


@pytest.fixture
async def service(start: StartService) -> AsyncIterator[Running]:
    async with start() as running:
        yield running


@settings(deadline=None, max_examples=30, suppress_health_check=list(HealthCheck))
@given(case=cases())
async def test_whoever_is_erased_and_whenever_the_others_hear_each_thing_once(
    service: Running, case: Case
) -> None:
    who = {name: uuid4() for name in PERSONS}
    await receive_batch(service, [(PROFILE, build.profile(person)) for person in who.values()])
    batch: list[tuple[Topic, Message[Any]]] = []
    for arriving, cut, sending in zip(live(case, who), case.cuts, case.sending, strict=False):
        batch.append(arriving)
        if cut:
            await receive_batch(service, batch)
            batch = []
        if sending:
            await service.pool.execute("UPDATE delivery SET state = 'sent' WHERE state = 'due'")
    await receive_batch(service, batch)

    rows = await service.pool.fetch(
        "SELECT kind, member, other, state FROM delivery WHERE member = ANY($1) AND state <> 'undeliverable'",
        list(who.values()),
    )
    names = {person: name for name, person in who.items()}
    heard = Counter((row["kind"], names[row["member"]]) for row in rows)
    assert heard.keys() >= HEARD[case.erased, case.state]
    assert set(heard.values()) <= {1}
    assert case.erased not in {names[row[of]] for row in rows for of in ("member", "other") if row[of]}
