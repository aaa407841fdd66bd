"""The counts of an offer: changed with each registration, told to the world in releases."""

from collections.abc import Sequence
from uuid import UUID

from services.events.offers import offers
from services.events.offers.announcements import announce_offer
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin

# After a WITH part `counted`, the offer as it is counted now: its counts wait for a release.
MARK_COUNTS = "marked AS (INSERT INTO count_change (offer) SELECT offer FROM counted ON CONFLICT DO NOTHING)"

# Who moved up did nothing: it was somebody else's act. Who was erased has no row; what they leave waits for the day.
_TAKE_UP = """
UPDATE count_change c SET due_at = now() FROM offer o
WHERE o.offer = c.offer AND c.due_at IS NULL AND ($1 <= 1 OR $1 <= (
    SELECT count(*) FROM (
        SELECT DISTINCT member FROM registration r
        WHERE r.offer = o.offer AND r.at > o.released_at AND NOT (r.state = 'registered' AND r.moved_up)
        LIMIT $1) persons))
RETURNING c.offer"""
_TELL = """
WITH released AS (DELETE FROM count_change WHERE offer = $1 AND due_at IS NOT NULL RETURNING offer)
UPDATE offer o SET public_registered = registered, public_waiting = waiting, released_at = clock_timestamp()
FROM released r WHERE o.offer = r.offer AND (registered, waiting) <> (public_registered, public_waiting)
RETURNING true"""


async def adjust_counts(tx: Tx, offer: UUID, *, registered: int = 0, waiting: int = 0) -> None:
    """Add to the counts of an offer; the world hears of it in a release. The offer must be locked in `tx`."""
    await tx.execute(
        f"""
        WITH counted AS (
            UPDATE offer SET registered = registered + $2, waiting = waiting + $3 WHERE offer = $1 RETURNING offer
        ), {MARK_COUNTS} SELECT""",
        offer,
        registered,
        waiting,
    )


async def take_up(tx: Tx, minimum: int) -> int:
    """Let those counts go out that at least `minimum` persons have changed since they were told; with 1 all that wait.
    Returns of how many offers."""
    return len(await tx.fetch(_TAKE_UP, minimum))


async def find_due(tx: Tx) -> Sequence[str]:
    """The offer whose counts a release took up first, if there is one."""
    rows = await tx.fetch(
        f"SELECT offer::text FROM count_change WHERE due_at IS NOT NULL AND {can_begin('counts', 'offer')}"
        " ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED"
    )
    return [row["offer"] for row in rows]


async def publish_counts(tx: Tx, offer_ids: Sequence[str]) -> None:
    """Tell the world the counts of these offers, unless others did meanwhile, or they are as they were told."""
    for offer in map(UUID, offer_ids):
        await offers.lock_offer(tx, offer)
        if await tx.fetchval(_TELL, offer):
            await announce_offer(tx, offer, "EventChanged")
