"""The counts of an offer: changed with each registration, published every two seconds at most."""

from collections.abc import Sequence
from uuid import UUID

from services.events.offers import offers
from services.events.offers.announcements import announce_offer
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin

# After a WITH part `counted`, the offer as it is counted now: the new counts are published at the next even second,
# so that the public topic shows no act's moment, and two seconds after the offer's last message at the earliest.
SCHEDULE_COUNTS = """marked AS (
    INSERT INTO count_change (offer, due_at)
    SELECT offer, greatest(date_bin('2 seconds', now(), timestamptz '2000-01-01 00:00Z'), changed_at)
                  + interval '2 seconds'
    FROM counted
    ON CONFLICT DO NOTHING
)"""
_DUE = "due_at <= clock_timestamp()"


async def adjust_counts(tx: Tx, offer: UUID, *, registered: int = 0, waiting: int = 0) -> None:
    """Add to the counts of an offer; they are published in a while. The offer must be locked in `tx`."""
    await tx.execute(
        f"""
        WITH counted AS (
            UPDATE offer SET registered = registered + $2, waiting = waiting + $3 WHERE offer = $1
            RETURNING offer, changed_at
        ), {SCHEDULE_COUNTS} SELECT""",
        offer,
        registered,
        waiting,
    )


async def find_unpublished(tx: Tx, offer_ids: Sequence[UUID]) -> Sequence[str]:
    """Those of these offers whose counts are to be published."""
    rows = await tx.fetch("SELECT offer::text FROM count_change WHERE offer = ANY($1)", offer_ids)
    return [row["offer"] for row in rows]


async def find_due(tx: Tx) -> Sequence[str]:
    """The offer whose counts have waited longest since their time came, if there is one."""
    rows = await tx.fetch(
        f"SELECT offer::text FROM count_change WHERE {_DUE} AND {can_begin('counts', 'offer')}"
        " ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    return [row["offer"] for row in rows]


async def publish_counts(tx: Tx, offer_ids: Sequence[str]) -> None:
    """Publish the counts of these offers, unless others did meanwhile."""
    for offer in map(UUID, offer_ids):
        await offers.lock_offer(tx, offer)
        if await tx.fetchval(f"SELECT true FROM count_change WHERE offer = $1 AND {_DUE}", offer):
            await announce_offer(tx, offer, "EventChanged")
