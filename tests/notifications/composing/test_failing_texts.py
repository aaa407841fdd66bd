"""A notification of which no text can be made: it alone fails, and the others' texts are made."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from services.notifications.composing import composer, texts
from shared.contracts.catalogue import ORGANISATION, PROFILE
from shared.messaging import outbox
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, list_entries, receive, run_worker
from tests.raised import PASSING, RAISED, names_of, raising, work_through

ALL = {type(error).__name__: error for error in (*RAISED, *PASSING)}
STEPS: dict[str, tuple[Any, str, Callable[..., str]]] = {
    "rendering": (texts, "render_text", lambda _kind, _language, values: values["name"].strip()),
    "storing": (
        composer,
        "_store_texts",
        lambda _tx, composed: _pick(row["name"].strip() for row, _ in composed),
    ),
    "writing the message": (
        outbox,
        "put_all",
        lambda _tx, copies: _pick(_find(copy.data.text) for copy in copies),
    ),
}


def _pick(names: Any) -> str:
    return next((name for name in names if name in ALL), "")


def _find(text: str) -> str:
    return next((name for name in ALL if name in text), "")


@pytest.mark.parametrize("step", STEPS)
async def test_whatever_one_text_raises_it_fails_alone(
    start: StartService, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    module, name, find = STEPS[step]
    failing = raising(getattr(module, name), lambda *given, **named: ALL.get(find(*given, **named)))
    monkeypatch.setattr(module, name, failing)
    async with start(PARTNERS="daad") as service:
        await receive(service, ORGANISATION, [build.organisation()])
        for who in (*ALL, "Kim", "Toni", "Sam"):
            profile = build.profile(uuid4(), name=who, invited_at=datetime.now(UTC), language="en")
            await receive(service, PROFILE, [profile])

        await work_through(lambda _pool: run_worker(service, "compose"), service.pool)

        entries = await list_entries(service)
        assert Counter(entry["state"] for entry in entries) == {"failed": len(ALL), "due": 3}
        reasons = sorted(entry["reason"] for entry in entries if entry["reason"])
        assert reasons == [f"the text could not be made: {error}" for error in names_of((*RAISED, *PASSING))]
        assert await service.pool.fetchval("SELECT count(*) FROM delivery WHERE text IS NOT NULL") == 3
        assert await service.pool.fetchval("SELECT count(*) FROM outbox") == 3
        assert await service.pool.fetchval("SELECT count(*) FROM attempt") == 0
