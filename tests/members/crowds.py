"""Crowds: as many members as a hostile list has, put into the tables directly, and what their work does to the loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from shared.postgres.pool import Pool

TICK_SECONDS = 0.01


class LoopWatch:
    """How long the event loop was away at the longest, in seconds."""

    longest = 0.0

    async def run(self) -> None:
        """Watch until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await asyncio.sleep(TICK_SECONDS)
            self.longest = max(self.longest, loop.time() - began - TICK_SECONDS)


@asynccontextmanager
async def watched_loop() -> AsyncIterator[LoopWatch]:
    """Watches the running event loop."""
    watch = LoopWatch()
    task = asyncio.create_task(watch.run())
    try:
        yield watch
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def add_namesakes(pool: Pool, number: int) -> None:
    """Add so many newcomers who are called the same or nearly the same, all without a country."""
    await pool.execute(
        """
        WITH made AS (
            INSERT INTO member (member, given_name, family_name, email, email_key, language)
            SELECT gen_random_uuid(), 'Ann' || chr(97 + n % 2), 'Muelle' || chr(113 + n / 2 % 2),
                   chr(97 + n % 26) || n || '@example.org', chr(97 + n % 26) || n || '@example.org', 'en'
            FROM generate_series(1, $1::int) n
            RETURNING member)
        INSERT INTO newcomer SELECT member FROM made""",
        number,
    )
