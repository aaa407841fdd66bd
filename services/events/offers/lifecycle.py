"""The life of an offer: published, cancelled, over."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import ConfigDict

from services.events.offers import announcements, offers
from services.events.offers.offers import StoredOffer
from services.events.offers.rules import OFFER_PAST, LifecycleState
from shared.access.principal import Principal
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin
from shared.runtime.commands import Command, Line


class CancelOffer(Command):
    """Why an offer will not take place; it names no person."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "The hall is closed that week."}]})

    reason: Line


async def publish_offer(tx: Tx, asker: Principal, offer: UUID) -> StoredOffer:
    """Let all see a draft; `EventScheduled` goes out. A repeat changes nothing.

    Raises `NotFound`, `Refused` for an offer that is over or cancelled.
    """
    stored = await offers.lock_hosted(tx, asker, offer)
    if stored.state is LifecycleState.PUBLISHED:
        return stored
    if stored.state is LifecycleState.DRAFT and not stored.is_over:
        return await announcements.announce_offer(tx, offer, "EventScheduled", LifecycleState.PUBLISHED)
    raise Refused(*_explain_end(stored))


async def cancel_offer(tx: Tx, asker: Principal, offer: UUID, command: CancelOffer) -> StoredOffer:
    """Call a published offer off; `EventCancelled` goes out. A repeat changes nothing, the first reason stays.

    Raises `NotFound`, `Refused` for a draft or an offer that is over.
    """
    stored = await offers.lock_hosted(tx, asker, offer)
    if stored.state is LifecycleState.CANCELLED:
        return stored
    if stored.state is LifecycleState.PUBLISHED and not stored.is_over:
        await tx.execute("UPDATE offer SET cancel_reason = $2 WHERE offer = $1", offer, command.reason)
        return await announcements.announce_offer(tx, offer, "EventCancelled", LifecycleState.CANCELLED)
    raise Refused(*_explain_end(stored))


async def find_over(tx: Tx) -> Sequence[str]:
    """The published offer that ended first, if there is one."""
    rows = await tx.fetch(
        f"""
        SELECT offer::text FROM offer
        WHERE state = 'published' AND ends_at <= clock_timestamp() AND {can_begin("completion", "offer")}
        ORDER BY ends_at LIMIT 1 FOR UPDATE SKIP LOCKED"""
    )
    return [row["offer"] for row in rows]


async def complete_offers(tx: Tx, offer_ids: Sequence[str]) -> None:
    """Close those of these that are still published; `EventChanged` goes out."""
    for offer in map(UUID, offer_ids):
        if (await offers.lock_offer(tx, offer)).state is LifecycleState.PUBLISHED:
            await announcements.announce_offer(tx, offer, "EventChanged", LifecycleState.COMPLETED)


def _explain_end(stored: StoredOffer) -> tuple[str, str]:
    return OFFER_PAST if stored.is_over else stored.closing_reason or OFFER_PAST
