"""Offers as their topic has them; who holds or awaits a place in one that is cancelled is told."""

from collections.abc import Sequence
from uuid import UUID

from services.notifications.deliveries import deliveries
from services.notifications.deliveries.deliveries import Notice
from services.notifications.deliveries.kinds import Kind
from services.notifications.replicas import latest
from shared.contracts.events import Offer, OfferState
from shared.messaging.message import Message
from shared.postgres.pool import Tx

_UPSERT = """
INSERT INTO offer AS stored (offer, sequence, organisation, data)
SELECT n.offer, n.sequence, n.organisation, n.data::jsonb
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[]) AS n(offer, sequence, organisation, data)
ON CONFLICT (offer) DO UPDATE SET (sequence, organisation, data)
    = (excluded.sequence, excluded.organisation, excluded.data)
WHERE stored.sequence < excluded.sequence"""

_CONCERNED = """
SELECT registration, member, offer FROM registration
WHERE offer = ANY($1) AND state IN ('registered', 'waitlisted') ORDER BY registration"""


async def follow(tx: Tx, messages: Sequence[Message[Offer]]) -> None:
    """Hold the newest state of each offer; mails that waited for it can go."""
    cancelled = await _newly_cancelled(tx, latest.newest(messages))
    await project(tx, messages)
    await deliveries.complete_offers(tx, [m.data.offer for m in messages if m.data is not None])
    await _tell(tx, cancelled)


async def project(tx: Tx, messages: Sequence[Message[Offer]]) -> None:
    """Hold the newest state of each offer."""
    told = latest.told(messages)
    await tx.execute(
        _UPSERT,
        [offer.offer for offer, _ in told],
        [sequence for _, sequence in told],
        [offer.organisation for offer, _ in told],
        [offer.model_dump_json() for offer, _ in told],
    )


async def _newly_cancelled(tx: Tx, messages: Sequence[Message[Offer]]) -> dict[UUID, Message[Offer]]:
    """Offers that this service knew as taking place, and that won't."""
    cancelled = {m.data.offer: m for m in messages if m.data and m.data.state is OfferState.CANCELLED}
    known = await tx.fetch(
        "SELECT offer FROM offer WHERE offer = ANY($1) AND data->>'state' = 'published'", list(cancelled)
    )
    return {row["offer"]: cancelled[row["offer"]] for row in known}


async def _tell(tx: Tx, cancelled: dict[UUID, Message[Offer]]) -> None:
    concerned = await tx.fetch(_CONCERNED, list(cancelled)) if cancelled else []
    await deliveries.note(
        tx,
        [
            Notice(
                Kind.OFFER_CANCELLED,
                row["member"],
                str(row["registration"]),
                cancelled[row["offer"]].time,
                cancelled[row["offer"]].correlation_id,
                offer=row["offer"],
            )
            for row in concerned
        ],
    )
