"""The counts of an offer: changed with each registration, published every two seconds at most."""

from collections.abc import Sequence
from uuid import UUID

from services.events.offers import offers
from services.events.offers.announcements import announce
from shared.postgres.pool import Tx

# After a WITH part `counted`, the offer as it is counted now: the new counts are published at the next even second,
# so that the public topic tells no act's moment, and two seconds after the offer's last message at the earliest.
MARK_CHANGED = """marked AS (
    INSERT INTO count_change (offer, due_at)
    SELECT offer, greatest(date_bin('2 seconds', now(), timestamptz '2000-01-01 00:00Z'), changed_at)
                  + interval '2 seconds'
    FROM counted
    ON CONFLICT DO NOTHING
)"""


async def count(tx: Tx, offer: UUID, *, registered: int = 0, waiting: int = 0) -> None:
    """Add to the counts of an offer; they are published in a while. The offer must be locked in `tx`."""
    await tx.execute(
        f"""
        WITH counted AS (
            UPDATE offer SET registered = registered + $2, waiting = waiting + $3 WHERE offer = $1
            RETURNING offer, changed_at
        ), {MARK_CHANGED} SELECT""",
        offer,
        registered,
        waiting,
    )


async def awaited(tx: Tx, wanted: Sequence[UUID]) -> Sequence[str]:
    """Those of these offers whose counts are to be published."""
    rows = await tx.fetch("SELECT offer::text FROM count_change WHERE offer = ANY($1)", wanted)
    return [row["offer"] for row in rows]


async def announce_due_counts(tx: Tx) -> bool:
    """Publish the counts of one offer whose time has come; False if there is none."""
    due = "due_at <= clock_timestamp()"
    offer = await tx.fetchval(f"SELECT offer FROM count_change WHERE {due} ORDER BY due_at LIMIT 1")
    if offer is None:
        return False
    await offers.locked(tx, offer)
    if await tx.fetchval(f"SELECT true FROM count_change WHERE offer = $1 AND {due}", offer):
        await announce(tx, offer, "EventChanged")
    return True
