"""An offer about which nothing can be published: it alone fails, and the other offers' counts and ends go out."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from services.events.offers import offers
from services.events.offers.work import WORKERS
from shared.contracts.catalogue import OFFER
from shared.messaging import outbox
from shared.testing.services import Running, read_outbox
from tests.events.samples import CreateOffer
from tests.raised import PASSING, RAISED, names_of, raising, work_through

WAITING = """
WITH counted AS (UPDATE offer SET registered = registered + 1 RETURNING offer)
INSERT INTO count_change SELECT offer, now() - interval '1 hour' FROM counted"""
OVER = "UPDATE offer SET starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour'"
STEPS = {
    "reading": (offers, "read_offer", lambda _tx, offer: offer),
    "writing the message": (outbox, "put_all", lambda _tx, messages: UUID(messages[0].key)),
}


@pytest.mark.parametrize("step", STEPS)
async def test_whatever_one_offer_raises_the_counts_and_ends_of_the_others_go_out(
    events: Running, create_offer: CreateOffer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    bad = {await create_offer(slug=f"bad-{n}"): e for n, e in enumerate((*RAISED, *PASSING))}
    good = {str(await create_offer(slug=f"good-{n}")) for n in range(3)}
    module, name, offer_of = STEPS[step]
    monkeypatch.setattr(module, name, raising(getattr(module, name), _finder(bad, offer_of)))
    for worker, due in zip(WORKERS, (WAITING, OVER), strict=True):
        await events.pool.execute(due)
        await events.pool.execute("DELETE FROM outbox")

        await work_through(worker.step, events.pool)

        sent = await read_outbox(events.pool, OFFER.name)
        assert {(type, key) for type, key, _ in sent} == {("EventChanged", key) for key in good}
        failed = await events.pool.fetch("SELECT reason FROM attempt WHERE worker = $1", worker.name)
        assert sorted(row["reason"] for row in failed) == names_of((*RAISED, *PASSING))


def _finder(bad: dict[UUID, BaseException], offer_of: Callable[..., UUID]) -> Any:
    return lambda *given: bad.get(offer_of(*given))
