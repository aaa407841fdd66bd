"""An offer is cancelled: who holds or awaits a seat in it is notified, whichever of both is heard of last.

Offers and registrations come by two topics, in no order. So whoever takes a message of one of them looks at what is
known of the other. Of an offer a page of members hears in the transaction of its message; the worker tells the others.
Their confirmations end with that; until then no sender hands one over.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from services.notifications.deliveries import deliveries, superseding
from services.notifications.deliveries.deliveries import NewDelivery
from services.notifications.deliveries.kinds import CONFIRMATIONS, Kind
from services.notifications.replicas.offers import KnownOffer, find_cancelled
from services.notifications.triggers import rules
from shared.contracts.events import Offer, OfferState, Registration, RegistrationState
from shared.messaging.message import Message
from shared.postgres.locks import lock_key
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin

WORKER = "cancellations"
PAGE = 500

_LOCK = f"SELECT pg_advisory_xact_lock{{shared}}({lock_key('cancellations')})"

_STANDINGS = """
SELECT offer, member, array_agg(state) AS states, bool_or(is_told) AS is_told
FROM (
    SELECT r.offer, r.member, r.state, (
        SELECT count(*) FROM delivery d WHERE d.member = r.member AND d.offer = r.offer
          AND d.kind = 'offer-cancelled' AND d.state <> 'superseded') > 0 AS is_told
    FROM registration r WHERE r.offer = ANY($1)) registered
WHERE member = ANY($2) GROUP BY offer, member ORDER BY offer, member"""

_QUEUE = """
INSERT INTO cancellation (offer, restored)
SELECT offer, offer = ANY($2) FROM unnest($1::uuid[]) AS offer
ON CONFLICT (offer) DO UPDATE SET told_upto = NULL"""

# Who is to hear something of the offer, and has no registration any more, has nothing to be told but a confirmation
# that ends. Each half is read in the order of its index, from where the last page ended.
_NEXT_MEMBERS = """
(SELECT DISTINCT member FROM registration
 WHERE offer = $1 AND member > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000') ORDER BY member LIMIT $3)
UNION
(SELECT DISTINCT member FROM delivery
 WHERE offer = $1 AND state IN ('waiting', 'due', 'held')
   AND member > coalesce($2::uuid, '00000000-0000-0000-0000-000000000000') ORDER BY member LIMIT $3)
ORDER BY member LIMIT $3"""


class Standing(NamedTuple):
    """All registrations of one member for one offer, and whether the member hears already that it is cancelled."""

    offer: UUID
    member: UUID
    states: Collection[RegistrationState]
    is_told: bool


async def lock_if_cancelled(tx: Tx, messages: Sequence[Message[Offer]]) -> None:
    """If one of these offers is cancelled, wait for whoever takes registrations now, and let nobody do so before `tx`
    ends."""
    if any(m.data is not None and m.data.state is OfferState.CANCELLED for m in messages):
        await tx.execute(_LOCK.format(shared=""))


async def start_telling(tx: Tx, known: Mapping[UUID, KnownOffer], restored: Collection[UUID]) -> None:
    """Tell a page of those who hold or await a seat in those of these offers that are cancelled, and have the worker
    tell the others."""
    cancelled = {id: each for id, each in known.items() if each.offer.state is OfferState.CANCELLED}
    if cancelled:
        await tx.execute(_QUEUE, list(cancelled), list(restored))
        await _tell_members(tx, cancelled)


async def find_untold(tx: Tx) -> Sequence[str]:
    """A cancelled offer of which more are to hear, if there is one."""
    rows = await tx.fetch(
        f"SELECT offer::text FROM cancellation WHERE {can_begin(WORKER, 'offer')}"
        " ORDER BY offer LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    return [row["offer"] for row in rows]


async def continue_telling(tx: Tx, offers: Sequence[str]) -> None:
    """Tell the next members that these offers are cancelled, if they still are."""
    await tx.execute(_LOCK.format(shared=""))
    ids = [UUID(offer) for offer in offers]
    cancelled = await find_cancelled(tx, ids)
    await tx.execute(
        "DELETE FROM cancellation WHERE offer = ANY($1)", [id for id in ids if id not in cancelled]
    )
    await _tell_members(tx, cancelled)


async def share_lock(tx: Tx) -> None:
    """Until `tx` ends no offer is cancelled. So a registration and a cancellation that are taken by two processes at
    once don't miss each other."""
    await tx.execute(_LOCK.format(shared="_shared"))


async def settle_registrations(tx: Tx, messages: Sequence[Message[Registration]]) -> None:
    """Notify those of these registrations' members who hold or await a seat in an offer that is cancelled."""
    seats = [(m.data.offer, m.data.member) for m in messages if m.data is not None]
    if cancelled := await find_cancelled(tx, [offer for offer, _ in seats]):
        await _supersede_confirmations(tx, [seat for seat in seats if seat[0] in cancelled])
        standings = await _read_standings(tx, list(cancelled), [member for _, member in seats])
        restored = {(m.data.offer, m.data.member) for m in messages if m.data is not None and m.restored}
        await _settle(tx, cancelled, standings, lambda each: (each.offer, each.member) in restored)


async def _tell_members(tx: Tx, cancelled: Mapping[UUID, KnownOffer]) -> None:
    """Tell a page of members, and no more than two, however many these offers are."""
    left = PAGE
    for offer, known in cancelled.items():
        if left > 0:
            left -= await _tell_page(tx, offer, known)


async def _tell_page(tx: Tx, offer: UUID, known: KnownOffer) -> int:
    """Tell the next members of this offer; returns how many were looked at."""
    queued = await tx.fetchrow("SELECT * FROM cancellation WHERE offer = $1 FOR UPDATE", offer)
    if queued is None:
        return 0
    rows = await tx.fetch(_NEXT_MEMBERS, offer, queued["told_upto"], PAGE)
    members = [row["member"] for row in rows]
    await _supersede_confirmations(tx, [(offer, member) for member in members])
    standings = await _read_standings(tx, [offer], members)
    await _settle(tx, {offer: known}, standings, lambda _: queued["restored"])
    if len(members) == PAGE:
        await tx.execute("UPDATE cancellation SET told_upto = $2 WHERE offer = $1", offer, members[-1])
    else:
        await tx.execute("DELETE FROM cancellation WHERE offer = $1", offer)
    return len(members)


async def _read_standings(tx: Tx, offers: Sequence[UUID], members: Sequence[UUID]) -> Sequence[Standing]:
    rows = await tx.fetch(_STANDINGS, offers, members)
    return [
        Standing(row["offer"], row["member"], {RegistrationState(s) for s in row["states"]}, row["is_told"])
        for row in rows
    ]


async def _supersede_confirmations(tx: Tx, of: Sequence[tuple[UUID, UUID]]) -> None:
    await superseding.supersede_for_members(tx, of, CONFIRMATIONS, superseding.CANCELLED)


async def _settle(
    tx: Tx,
    cancelled: Mapping[UUID, KnownOffer],
    standings: Sequence[Standing],
    is_restored: Callable[[Standing], bool],
) -> None:
    """Who has a seat hears of it; who gave it back needn't."""
    new, relieved = [], []
    for standing in standings:
        known = cancelled[standing.offer]
        if not rules.hears_of_cancellation(known.offer.state, standing.states):
            relieved.append((standing.offer, standing.member))
        elif not standing.is_told:
            new.append(_build_delivery(standing, known, held=is_restored(standing)))
    await deliveries.add_deliveries(tx, new)
    await superseding.supersede_for_members(
        tx, relieved, [Kind.OFFER_CANCELLED], "the registration was withdrawn"
    )


def _build_delivery(standing: Standing, known: KnownOffer, *, held: bool) -> NewDelivery:
    return NewDelivery(
        Kind.OFFER_CANCELLED,
        standing.member,
        f"{standing.offer} {standing.member}",
        known.at,
        known.correlation_id,
        offer=standing.offer,
        news_until=rules.find_end(known.offer),
        held=held,
    )
