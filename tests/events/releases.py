"""A release of counts at the moment when a test wants it."""

from services.events.offers import work
from shared.testing.services import Running

DAY = 24 * 60 * 60
[COUNTS, COMPLETION] = work.WORKERS


async def release_counts(running: Running, *, minimum: int = 1, due: bool = True, whole: bool = False) -> int:
    """A release, whose time has come if it is `due`; `whole`: the first of a day. Returns of how many offers the world
    hears."""
    if due:
        await running.pool.execute(
            "UPDATE release SET at = now() - interval '1 day', whole_at = now() - $1 * interval '1 day'",
            int(whole),
        )
    await work.release_counts(running.pool, interval=DAY, minimum=minimum)
    before = await _count_messages(running)
    while await COUNTS.step(running.pool):
        pass
    return await _count_messages(running) - before


async def _count_messages(running: Running) -> int:
    written: int = await running.pool.fetchval("SELECT count(*) FROM outbox")
    return written
