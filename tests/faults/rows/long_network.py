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
    """First towards Kafka, then towards PostgreSQL, for api, relay and consumer at once."""
    async with both_networks(stage) as (to_kafka, to_database):
        writer, reader, *_ = processes_through(stage, to_kafka, to_database)
        await asyncio.gather(writer.start_and_wait(), reader.start_and_wait())
        async with stage.under_load(writer):
            await stage.wait_until_settled()
            for name, network in (("Kafka", to_kafka), ("PostgreSQL", to_database)):
                await disturb_for(stage, f"{name} slow", network.slowed_down(SLOW_SECONDS), LASTS_SECONDS)
                await disturb_for(stage, f"{name} cut off", network.cut_off(), LASTS_SECONDS)
                await disturb_for(stage, f"{name} silent", network.gone_silent(), SILENT_SECONDS)
        await eventually(lambda: is_quiet(stage), seconds=RECOVERY_SECONDS)


@asynccontextmanager
async def both_networks(stage: Stage) -> AsyncIterator[tuple[Network, Network]]:
    """One in front of Kafka, which is the address that its clients get, and one in front of PostgreSQL."""
    to_kafka, to_database = Network(), Network()
    direct = await brokers.add_listener(stage.servers.kafka_process, to_kafka.port)
    async with to_kafka.forwarding_to(direct), to_database.forwarding_to(urlsplit(stage.dsn).port or 5432):
        yield to_kafka, to_database


def processes_through(stage: Stage, to_kafka: Network, to_database: Network) -> tuple[Process, ...]:
    """Processes that reach their servers by these networks, not started yet: a writer, a reader, a second relay and
    another reader."""
    dsn, kafka = to_database.route_dsn(stage.dsn), {"ALUMNIBUS_KAFKA": to_kafka.address}
    parts = {
        "writer": ("--only=api", "--only=relay"),
        "reader": ("--only=consumers",),
        "second": ("--only=relay",),
        "another": ("--only=consumers",),
    }
    return tuple(
        stage.add_process(name, "serve", *arguments, dsn=dsn, environment=kafka)
        for name, arguments in parts.items()
    )


async def is_quiet(stage: Stage) -> bool:
    """Whether nothing is unfinished."""
    try:
        return not await findings.find_unfinished(stage.pool, stage.kafka)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError, OSError):
        return False


async def disturb_for(
    stage: Stage, name: str, bad: AbstractAsyncContextManager[None], seconds: float
) -> None:
    """So bad for so long; then good again."""
    async with stage.inject_fault(name, seconds=RECOVERY_SECONDS), bad:
        await asyncio.sleep(seconds)
    await wait_until_all_go_on(stage, name)


async def wait_until_all_go_on(stage: Stage, name: str) -> None:
    """Under load: see that each of the hot accounts goes on. What a dead session still holds, nobody can write, and
    where nothing is written nothing waits. If they were the last, this is the recovery."""
    begun, before = time.monotonic(), await hot_versions(stage)

    async def all_newer() -> bool:
        now = await hot_versions(stage)
        return all(now[account] > version for account, version in before.items())

    await eventually(all_newer, seconds=RECOVERY_SECONDS)
    stage.recoveries[name] += time.monotonic() - begun


async def hot_versions(stage: Stage) -> dict[str, int]:
    """Of the hot accounts."""
    rows = await stage.pool.fetch("SELECT account, version FROM bank_account WHERE account LIKE 'hot%'")
    return {row["account"]: row["version"] for row in rows}


ROWS = (Row(22, "a network that is slow, cut, or silent", bad_network, True, own=True),)
