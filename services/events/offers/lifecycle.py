"""The life of an offer: published, cancelled, over."""

from uuid import UUID

from services.events.offers import announcements, offers
from services.events.offers.offers import StoredOffer
from services.events.offers.rules import OFFER_PAST, LifecycleState
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Line


class CancelOffer(Command):
    """Why an offer will not take place; it names no person."""

    reason: Line


async def publish_offer(tx: Tx, offer: UUID) -> StoredOffer:
    """Let all see a draft; `EventScheduled` goes out. A repeat changes nothing.

    Raises `NotFound`, `Refused` for an offer that is over or cancelled.
    """
    stored = await offers.lock_offer(tx, offer)
    if stored.state is LifecycleState.PUBLISHED:
        return stored
    if stored.state is LifecycleState.DRAFT and not stored.is_over:
        return await announcements.announce_offer(tx, offer, "EventScheduled", LifecycleState.PUBLISHED)
    raise Refused(*_explain_end(stored))


async def cancel_offer(tx: Tx, offer: UUID, command: CancelOffer) -> StoredOffer:
    """Call a published offer off; `EventCancelled` goes out. A repeat changes nothing, the first reason stays.

    Raises `NotFound`, `Refused` for a draft or an offer that is over.
    """
    stored = await offers.lock_offer(tx, offer)
    if stored.state is LifecycleState.CANCELLED:
        return stored
    if stored.state is LifecycleState.PUBLISHED and not stored.is_over:
        await tx.execute("UPDATE offer SET cancel_reason = $2 WHERE offer = $1", offer, command.reason)
        return await announcements.announce_offer(tx, offer, "EventCancelled", LifecycleState.CANCELLED)
    raise Refused(*_explain_end(stored))


async def complete_one(tx: Tx) -> bool:
    """Close one published offer that has ended; `EventChanged` goes out. False if there is none."""
    ended = "state = 'published' AND ends_at <= clock_timestamp()"
    offer = await tx.fetchval(f"SELECT offer FROM offer WHERE {ended} ORDER BY ends_at LIMIT 1")
    if offer is None:
        return False
    if (await offers.lock_offer(tx, offer)).state is LifecycleState.PUBLISHED:
        await announcements.announce_offer(tx, offer, "EventChanged", LifecycleState.COMPLETED)
    return True


def _explain_end(stored: StoredOffer) -> tuple[str, str]:
    return OFFER_PAST if stored.is_over else stored.closing_reason or OFFER_PAST
