"""Crowds: as many members as a hostile list has, put into the tables directly, and what their work does to the loop."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from shared.postgres.pool import Pool

TICK_SECONDS = 0.01


class LoopWatch:
    """How long the event loop was blocked at the longest, in seconds. Only what this process computed meanwhile
    counts: how long it waits for a processor that others use says nothing about it."""

    longest = 0.0

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            began, computed = time.perf_counter(), time.process_time()
            await asyncio.sleep(TICK_SECONDS)
            away = time.perf_counter() - began - TICK_SECONDS
            self.longest = max(self.longest, min(away, time.process_time() - computed))


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
