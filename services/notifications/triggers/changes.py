"""A published offer has another date or place: who holds or awaits a seat is notified.

A page of members hears in the transaction of the offer's message; the worker tells the others. Who registers later is
told the new date by the confirmation.
"""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import asyncpg

from services.notifications.deliveries import deliveries, superseding
from services.notifications.deliveries.deliveries import NewDelivery
from services.notifications.deliveries.kinds import Kind
from services.notifications.replicas.offers import KnownOffer, read_offers
from services.notifications.triggers import cancellations, rules
from shared.contracts.events import OfferState
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin

WORKER = "offer changes"
PAGE = 500

# Who wasn't told of the change before hears of both at once.
_QUEUE = """
INSERT INTO offer_change AS known (offer, sequence, dates, place, restored) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (offer) DO UPDATE SET sequence = excluded.sequence, dates = known.dates OR excluded.dates,
    place = known.place OR excluded.place, restored = known.restored OR excluded.restored, told_upto = NULL"""
_NEXT_MEMBERS = """
SELECT member, (SELECT r.registration FROM registration r
                WHERE r.offer = $1 AND r.member = m.member AND r.state <> 'withdrawn' LIMIT 1) AS registration
FROM (SELECT DISTINCT member FROM registration
      WHERE offer = $1 AND member > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000')
      ORDER BY member LIMIT $3) m
ORDER BY member"""


async def start_telling(
    tx: Tx, before: Mapping[UUID, KnownOffer], after: Mapping[UUID, KnownOffer], restored: Collection[UUID]
) -> None:
    """Tell a page of those who hold or await a seat in those of these offers that have another date or place, and have
    the worker tell the others."""
    left = PAGE
    for id, known in after.items():
        change = rules.find_change(before[id].offer, known.offer, known.at) if id in before else None
        if change is not None:
            await tx.execute(_QUEUE, id, known.sequence, change.dates, change.place, id in restored)
            left -= await _tell_page(tx, id, known) if left > 0 else 0


async def find_untold(tx: Tx) -> Sequence[str]:
    """An offer of whose change more are to hear, if there is one."""
    rows = await tx.fetch(
        f"SELECT offer::text FROM offer_change WHERE {can_begin(WORKER, 'offer')}"
        " ORDER BY offer LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    return [row["offer"] for row in rows]


async def continue_telling(tx: Tx, offers: Sequence[str]) -> None:
    """Tell the next members of the changes of these offers, unless they are cancelled or over by now."""
    await cancellations.share_lock(tx)
    for id, known in (await read_offers(tx, [UUID(offer) for offer in offers])).items():
        if known.offer.state is OfferState.PUBLISHED:
            await _tell_page(tx, id, known)
        else:
            await tx.execute("DELETE FROM offer_change WHERE offer = $1", id)


async def relieve_members(tx: Tx, of: Sequence[tuple[UUID, UUID]]) -> None:
    """Who gave a seat back needn't hear any more that its date is another; `of` are pairs of an offer and a member."""
    await superseding.supersede_for_members(tx, of, [Kind.OFFER_CHANGED], "the registration was withdrawn")


async def _tell_page(tx: Tx, offer: UUID, known: KnownOffer) -> int:
    """Tell the next members of this offer; returns how many were looked at."""
    queued = await tx.fetchrow("SELECT * FROM offer_change WHERE offer = $1 FOR UPDATE", offer)
    if queued is None:
        return 0
    rows = await tx.fetch(_NEXT_MEMBERS, offer, queued["told_upto"], PAGE)
    holding = [row for row in rows if row["registration"] is not None]
    await deliveries.add_deliveries(tx, [_build_delivery(row, queued, known) for row in holding])
    if len(rows) == PAGE:
        await tx.execute("UPDATE offer_change SET told_upto = $2 WHERE offer = $1", offer, rows[-1]["member"])
    else:
        await tx.execute("DELETE FROM offer_change WHERE offer = $1", offer)
    return len(rows)


def _build_delivery(row: asyncpg.Record, queued: asyncpg.Record, known: KnownOffer) -> NewDelivery:
    return NewDelivery(
        Kind.OFFER_CHANGED,
        row["member"],
        f"{known.offer.offer} {queued['sequence']} {row['member']}",
        known.at,
        known.correlation_id,
        offer=known.offer.offer,
        facts={
            "registration": str(row["registration"]),
            "dates": queued["dates"],
            "place": queued["place"],
        },
        news_until=rules.find_end(known.offer),
        held=queued["restored"],
    )
