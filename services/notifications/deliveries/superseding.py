"""What isn't sent yet and isn't true any more: it comes to its end, and says why."""

from collections.abc import Collection, Sequence
from uuid import UUID

from services.notifications.deliveries.kinds import Kind
from shared.postgres.pool import Tx

_SUPERSEDE = """
UPDATE delivery SET state = 'superseded', reason = $3, envelope = NULL
WHERE offer = ANY($1) AND kind = ANY($2) AND state IN ('waiting', 'due', 'held')"""

# The lease stays: a mail that is on its way now is recorded as sent.
_SUPERSEDE_OF_MEMBERS = f"{_SUPERSEDE} AND (offer, member) IN (SELECT * FROM unnest($1::uuid[], $4::uuid[]))"


async def supersede_for_all(tx: Tx, offers: Sequence[UUID], kinds: Collection[Kind], reason: str) -> None:
    """End what isn't sent of these kinds about these offers, whoever was to get it."""
    await tx.execute(_SUPERSEDE, offers, list(kinds), reason)


async def supersede_for_members(
    tx: Tx, of: Sequence[tuple[UUID, UUID]], kinds: Collection[Kind], reason: str
) -> None:
    """End what isn't sent of these kinds; `of` are the pairs of an offer and a member."""
    offers, members = [offer for offer, _ in of], [member for _, member in of]
    await tx.execute(_SUPERSEDE_OF_MEMBERS, offers, list(kinds), reason, members)
