"""What isn't sent yet and isn't true any more: it comes to its end, and says why."""

from collections.abc import Collection, Sequence
from uuid import UUID

from services.notifications.deliveries.kinds import CONFIRMATIONS, Kind
from shared.postgres.pool import Tx

# The lease stays: a mail that is on its way now is recorded as sent. Pair by pair, as where there are no statistics all
# that is open would be joined with them.
_SUPERSEDE = """
UPDATE delivery d SET state = 'superseded', reason = $4, envelope = NULL
WHERE d.state IN ('waiting', 'due', 'held') AND d.delivery = ANY (ARRAY(
    SELECT o.delivery FROM unnest($1::uuid[], $2::uuid[]) AS n(offer, member) CROSS JOIN LATERAL (
        SELECT delivery FROM delivery WHERE offer = n.offer AND member = n.member AND kind = ANY($3)
          AND state IN ('waiting', 'due', 'held') OFFSET 0) o))"""

_SUPERSEDE_CONFIRMATIONS = """
UPDATE delivery d SET state = 'superseded', reason = $3, envelope = NULL
FROM cancellation c
WHERE d.delivery = ANY($1) AND d.kind = ANY($2) AND c.offer = d.offer AND d.state IN ('waiting', 'due', 'held')
RETURNING d.delivery"""

CANCELLED = "the offer was cancelled"


async def supersede_for_members(
    tx: Tx, of: Sequence[tuple[UUID, UUID]], kinds: Collection[Kind], reason: str
) -> None:
    """End what isn't sent of these kinds; `of` are the pairs of an offer and a member."""
    offers, members = [offer for offer, _ in of], [member for _, member in of]
    await tx.execute(_SUPERSEDE, offers, members, list(kinds), reason)


async def supersede_confirmations(tx: Tx, deliveries: Sequence[UUID]) -> Collection[UUID]:
    """End those of these that confirm a seat in an offer that was cancelled, whose members aren't all told yet;
    returns which."""
    rows = await tx.fetch(_SUPERSEDE_CONFIRMATIONS, deliveries, list(CONFIRMATIONS), CANCELLED)
    return {row["delivery"] for row in rows}
