"""Services that are asked to end in the middle of their work."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.testing.waiting import eventually
from tests.faults.processes import Process
from tests.faults.row import Row
from tests.faults.stage import Stage

# The longest grace time is the consumer's, half a minute.
PAST_GRACE_SECONDS = 36.0
# What ended in order says by which signal it was asked to.
IN_ORDER = -signal.SIGTERM

WAITING = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~* $1
               AND datname = current_database() AND pid <> pg_backend_pid())"""


async def end_in_the_middle(stage: Stage) -> None:
    """SIGTERM while a batch and requests are in the middle of their transactions: they end within the grace time and
    so do the processes. Then they can't end: the processes do all the same, and nothing half is left."""
    writer, reader = await stage.start_both()
    async with stage.under_load(writer):
        async with stage.inject_fault("SIGTERM in mid-batch"):
            await asyncio.gather(
                end_within_grace(stage, reader, "effect"), end_within_grace(stage, writer, "entry")
            )
        async with stage.inject_fault("SIGTERM past the grace time"):
            await asyncio.gather(
                end_past_grace(stage, reader, "effect"), end_past_grace(stage, writer, "entry")
            )


async def end_within_grace(stage: Stage, process: Process, table: str) -> None:
    """Ask to end while its statement waits, and let it go on a second later."""
    async with blocking_writes(stage, table):
        process.child.ask_to_end()
        await asyncio.sleep(1)
        assert process.child.is_running, f"{process.name} did not let its work end"
    assert await process.stop() == IN_ORDER, f"{process.name} did not end in order"
    process.start_process()


async def end_past_grace(stage: Stage, process: Process, table: str) -> None:
    """Ask to end while its statement waits for ever."""
    async with blocking_writes(stage, table):
        process.child.ask_to_end()
        code = await process.wait_for_end(PAST_GRACE_SECONDS)
        assert code == IN_ORDER, f"{process.name} ended with {code}"
    process.start_process()


@asynccontextmanager
async def blocking_writes(stage: Stage, table: str) -> AsyncIterator[None]:
    """Let nobody write to this table, as soon as somebody waits for it."""
    async with stage.pool.acquire() as connection, connection.transaction():
        await connection.execute(f"LOCK TABLE {table} IN SHARE MODE")
        await eventually(lambda: stage.pool.fetchval(WAITING, f"INTO {table}"))
        yield


ROWS = (Row(2, "SIGTERM in mid-batch, and past the grace time", end_in_the_middle, gentle=True),)
