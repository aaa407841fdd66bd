"""Offers as their topic has them, for the texts and for knowing which were cancelled."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.notifications.replicas.latest import latest_messages
from shared.contracts.events import Offer, OfferState
from shared.messaging.message import Message
from shared.postgres.pool import Tx

_UPSERT = """
INSERT INTO offer AS stored (offer, sequence, organisation, data, at, correlation_id)
SELECT n.offer, n.sequence, n.organisation, n.data::jsonb, n.at, n.correlation_id
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::text[])
     AS n(offer, sequence, organisation, data, at, correlation_id)
ON CONFLICT (offer) DO UPDATE SET (sequence, organisation, data, at, correlation_id)
    = (excluded.sequence, excluded.organisation, excluded.data, excluded.at, excluded.correlation_id)
WHERE stored.sequence < excluded.sequence"""


class KnownOffer(NamedTuple):
    """An offer as it is known; the sequence of the message that said so, when it was sent, and what caused it."""

    offer: Offer
    sequence: int
    at: datetime
    correlation_id: str


async def project_offers(tx: Tx, messages: Sequence[Message[Offer]]) -> None:
    """Keep the newest state of each offer."""
    newest = [(m, m.data) for m in latest_messages(messages) if m.data is not None]
    await tx.execute(
        _UPSERT,
        [offer.offer for _, offer in newest],
        [message.sequence for message, _ in newest],
        [offer.organisation for _, offer in newest],
        [offer.model_dump_json() for _, offer in newest],
        [message.time for message, _ in newest],
        [message.correlation_id for message, _ in newest],
    )


async def read_offers(tx: Tx, offers: Sequence[UUID]) -> dict[UUID, KnownOffer]:
    """Those of these offers that are known."""
    rows = await tx.fetch(f"{_SELECT} WHERE offer = ANY($1)", offers)
    return {row["offer"]: _build_known(row) for row in rows}


async def find_cancelled(tx: Tx, offers: Sequence[UUID]) -> dict[UUID, KnownOffer]:
    """Those of these offers that don't take place, as far as this service knows."""
    rows = await tx.fetch(
        f"{_SELECT} WHERE offer = ANY($1) AND data->>'state' = $2", offers, OfferState.CANCELLED
    )
    return {row["offer"]: _build_known(row) for row in rows}


_SELECT = "SELECT offer, sequence, data, at, correlation_id FROM offer"


def _build_known(row: asyncpg.Record) -> KnownOffer:
    return KnownOffer(Offer.model_validate(row["data"]), row["sequence"], row["at"], row["correlation_id"])
