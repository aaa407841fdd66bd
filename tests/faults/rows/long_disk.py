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
TIMES = 2
FULL_SECONDS = 15.0
STILL_SECONDS = 5.0
RECOVERY_SECONDS = 120.0
# So that its write-ahead log leaves room on the small disk.
MODEST = {"max_wal_size": "64MB", "min_wal_size": "32MB"}


async def database_full(stage: Stage) -> None:
    """PostgreSQL has no room for its tables and its log, twice."""
    folder = Path(await stage.pool.fetchval("SHOW data_directory"))
    await full(stage, stage.servers.postgres_process, folder, "entry")


async def broker_full(stage: Stage) -> None:
    """Kafka has no room for its log, twice."""
    broker = stage.servers.kafka_process
    await full(stage, broker, brokers.folder(broker) / "log", "effect")


async def full(stage: Stage, server: Server, folder: Path, table: str) -> None:
    """Under load the server's disk becomes full, and nothing new comes into the table. When there is room again,
    somebody starts the server if it has ended itself, and all goes on."""
    async with on_small_disk(server, folder):
        writer, _ = await stage.both()
        async with stage.load(writer):
            await stage.settle()
            for number in range(1, TIMES + 1):
                async with stage.fault(f"disk full ({number})", seconds=RECOVERY_SECONDS):
                    await filled(stage, folder, table)
                    await asyncio.sleep(FULL_SECONDS)
                    stage.figures[f"server ended itself ({number})"] = not server.child.running
                    disk.give_back(folder)
                    await asyncio.to_thread(answering, server)


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


async def filled(stage: Stage, folder: Path, table: str) -> None:
    """Take all space again and again, until nothing new has come into the table for a while."""
    before, since = -1, time.monotonic()

    async def still() -> bool:
        nonlocal before, since
        disk.fill(folder)
        now = await rows(stage, table)
        if now not in (before, None):
            before, since = now, time.monotonic()
        return time.monotonic() - since > STILL_SECONDS

    await eventually(still, seconds=RECOVERY_SECONDS)


async def rows(stage: Stage, table: str) -> int | None:
    """How many the table has; None while nobody answers."""
    try:
        return int(await stage.pool.fetchval(f"SELECT count(*) FROM {table}", timeout=5))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        return None


def answering(server: Server) -> None:
    """Return when it answers, started again if it has ended."""
    if server.child.running:
        server.wait()
    else:
        server.restart()


ROWS = (
    Row(24, "disk full for PostgreSQL", database_full, True, own=True, postgres_settings=MODEST),
    Row(25, "disk full for Kafka", broker_full, True, own=True),
)
