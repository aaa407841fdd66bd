"""Disks that are full, until somebody makes room."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from deploy.local.server import Server
from shared.testing.waiting import eventually
from tests.faults import brokers, disk
from tests.faults.row import Row
from tests.faults.stage import Stage

MEGABYTES = 256
LOAD_SECONDS = 5.0
TIMES = 2
FULL_SECONDS = 15.0
STILL_SECONDS = 5.0
RECOVERY_SECONDS = 120.0
# So that its write-ahead log leaves room on the small disk.
MODEST = {"max_wal_size": "64MB", "min_wal_size": "32MB"}


ENTRIES = "SELECT count(*) FROM entry"
EFFECTS = "SELECT count(*) FROM effect"
# The next segment of the log is begun at each look, so that one is soon missing.
ENTRIES_NEW_SEGMENT = "SELECT count(*) FROM entry, pg_switch_wal()"


async def database_full(stage: Stage) -> None:
    """PostgreSQL has no room for its tables, twice."""
    await fill_disk_twice(stage, stage.servers.postgres_process, await data_folder(stage), ENTRIES)


async def database_log_full(stage: Stage) -> None:
    """PostgreSQL has no room for its write-ahead log, twice."""
    folder = await data_folder(stage) / "pg_wal"
    await fill_disk_twice(stage, stage.servers.postgres_process, folder, ENTRIES_NEW_SEGMENT)


async def data_folder(stage: Stage) -> Path:
    return Path(await stage.pool.fetchval("SHOW data_directory"))


async def broker_full(stage: Stage) -> None:
    """Kafka has no room for its log, twice."""
    broker = stage.servers.kafka_process
    await fill_disk_twice(stage, broker, brokers.broker_folder(broker) / "log", EFFECTS)


async def fill_disk_twice(stage: Stage, server: Server, folder: Path, look: str) -> None:
    """Under load the server's disk becomes full, until a look sees nothing new. When there is room again, somebody
    starts the server if it has ended itself, and all goes on."""
    async with on_small_disk(server, folder):
        writer, _ = await stage.start_both()
        async with stage.under_load(writer):
            await stage.wait_until_settled()
            for number in range(1, TIMES + 1):
                await asyncio.sleep(LOAD_SECONDS)
                async with stage.inject_fault(f"disk full ({number})", seconds=RECOVERY_SECONDS):
                    await fill_until_still(stage, folder, look)
                    await asyncio.sleep(FULL_SECONDS)
                    stage.measurements[f"server ended itself ({number})"] = not server.child.is_running
                    disk.free_disk(folder)
                    await asyncio.to_thread(ensure_answering, server)


@asynccontextmanager
async def on_small_disk(server: Server, folder: Path) -> AsyncIterator[None]:
    """The server works on a small disk until the block ends."""
    await asyncio.to_thread(server.stop)
    try:
        with disk.small_disk(folder, MEGABYTES):
            try:
                await asyncio.to_thread(server.restart)
                yield
            finally:
                await asyncio.to_thread(server.stop)
    finally:
        await asyncio.to_thread(server.restart)


async def fill_until_still(stage: Stage, folder: Path, look: str) -> None:
    """Take all space again and again, until nothing new was seen for a while."""
    before, since = -1, time.monotonic()

    async def nothing_new() -> bool:
        nonlocal before, since
        disk.fill_disk(folder)
        now = await count_rows(stage, look)
        if now not in (before, None):
            before, since = now, time.monotonic()
        return time.monotonic() - since > STILL_SECONDS

    await eventually(nothing_new, seconds=RECOVERY_SECONDS)


async def count_rows(stage: Stage, look: str) -> int | None:
    """How many there are; None while nobody answers."""
    try:
        return int(await stage.pool.fetchval(look, timeout=5))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return None


def ensure_answering(server: Server) -> None:
    """Return when it answers, started again if it has ended."""
    if server.child.is_running:
        server.wait_until_ready()
    else:
        server.restart()


ROWS = (
    Row(24, "disk full for PostgreSQL's tables", database_full, True, own=True, postgres_settings=MODEST),
    Row(25, "disk full for PostgreSQL's log", database_log_full, True, own=True, postgres_settings=MODEST),
    Row(26, "disk full for Kafka", broker_full, True, own=True),
)
