"""Offers as their topic has them, for the texts and for knowing which were cancelled."""

from collections.abc import Sequence
from uuid import UUID

from services.notifications.replicas.latest import latest_states
from shared.contracts.events import Offer
from shared.messaging.message import Message
from shared.postgres.pool import Tx

_UPSERT = """
INSERT INTO offer AS stored (offer, sequence, organisation, data)
SELECT n.offer, n.sequence, n.organisation, n.data::jsonb
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[]) AS n(offer, sequence, organisation, data)
ON CONFLICT (offer) DO UPDATE SET (sequence, organisation, data)
    = (excluded.sequence, excluded.organisation, excluded.data)
WHERE stored.sequence < excluded.sequence"""


async def project_offers(tx: Tx, messages: Sequence[Message[Offer]]) -> None:
    """Keep the newest state of each offer."""
    states = latest_states(messages)
    await tx.execute(
        _UPSERT,
        [offer.offer for offer, _ in states],
        [sequence for _, sequence in states],
        [offer.organisation for offer, _ in states],
        [offer.model_dump_json() for offer, _ in states],
    )


async def find_published(tx: Tx, offers: Sequence[UUID]) -> set[UUID]:
    """Those of these offers that take place, as far as this service knows."""
    rows = await tx.fetch(
        "SELECT offer FROM offer WHERE offer = ANY($1) AND data->>'state' = 'published'", offers
    )
    return {row["offer"] for row in rows}
