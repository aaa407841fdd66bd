"""A network between the service and its servers that is slow, cut, or silent."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
from aiokafka.errors import KafkaError

from shared.testing.waiting import eventually
from tests.faults import brokers, findings
from tests.faults.network import Network
from tests.faults.processes import Process
from tests.faults.row import Row
from tests.faults.stage import Stage

SLOW_SECONDS = 0.2
LASTS_SECONDS = 20.0
# Longer than a send waits, and than a silent session is borne with; a connection of the time stays dead for ever.
SILENT_SECONDS = 45.0
RECOVERY_SECONDS = 90.0


async def bad_network(stage: Stage) -> None:
    """First towards Kafka, then towards PostgreSQL, for door, relay and consumer at once."""
    async with networks(stage) as (to_kafka, to_database):
        writer, reader, *_ = through(stage, to_kafka, to_database)
        await asyncio.gather(writer.start(), reader.start())
        async with stage.load(writer):
            await stage.settle()
            for name, network in (("Kafka", to_kafka), ("PostgreSQL", to_database)):
                await lasting(stage, f"{name} slow", network.slow(SLOW_SECONDS), LASTS_SECONDS)
                await lasting(stage, f"{name} cut off", network.cut(), LASTS_SECONDS)
                await lasting(stage, f"{name} silent", network.silent(), SILENT_SECONDS)
        await eventually(lambda: quiet(stage), seconds=RECOVERY_SECONDS)


@asynccontextmanager
async def networks(stage: Stage) -> AsyncIterator[tuple[Network, Network]]:
    """One in front of Kafka, which tells its clients to come by it, and one in front of PostgreSQL."""
    to_kafka, to_database = Network(), Network()
    direct = await brokers.add_way(stage.servers.kafka_process, to_kafka.port)
    async with to_kafka.passing(direct), to_database.passing(urlsplit(stage.dsn).port or 5432):
        yield to_kafka, to_database


def through(stage: Stage, to_kafka: Network, to_database: Network) -> tuple[Process, ...]:
    """Processes that reach their servers by these networks, not started yet: a writer, a reader, a second relay and
    another reader."""
    dsn, kafka = to_database.dsn(stage.dsn), {"ALUMNIBUS_KAFKA": to_kafka.address}
    parts = {
        "writer": ("--only=api", "--only=relay"),
        "reader": ("--only=consumers",),
        "second": ("--only=relay",),
        "another": ("--only=consumers",),
    }
    return tuple(
        stage.process(name, "serve", *words, dsn=dsn, environment=kafka) for name, words in parts.items()
    )


async def quiet(stage: Stage) -> bool:
    """Whether all has gone its way."""
    try:
        return not await findings.standing(stage.pool, stage.kafka)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError, OSError):
        return False


async def lasting(stage: Stage, name: str, bad: AbstractAsyncContextManager[None], seconds: float) -> None:
    """So bad for so long; then good again."""
    async with stage.fault(name, seconds=RECOVERY_SECONDS), bad:
        await asyncio.sleep(seconds)
    await all_go_on(stage, name)


async def all_go_on(stage: Stage, name: str) -> None:
    """Under load: see that each of the hot accounts goes on. What a dead session still holds, nobody can write, and
    where nothing is written nothing waits. If they were the last, this is the recovery."""
    begun, before = time.monotonic(), await versions(stage)

    async def gone_on() -> bool:
        now = await versions(stage)
        return all(now[account] > version for account, version in before.items())

    await eventually(gone_on, seconds=RECOVERY_SECONDS)
    stage.recoveries[name] += time.monotonic() - begun


async def versions(stage: Stage) -> dict[str, int]:
    """Of the hot accounts."""
    rows = await stage.pool.fetch("SELECT account, version FROM account WHERE account LIKE 'hot%'")
    return {row["account"]: row["version"] for row in rows}


ROWS = (Row(22, "a network that is slow, cut, or silent", bad_network, True, own=True),)
