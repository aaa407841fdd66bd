"""Parts of the toy service in this process, and what its tables say."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from shared.messaging.consumer.consumer import Consumer
from shared.messaging.kafka import Kafka
from shared.messaging.relay.relay import Relay
from shared.postgres.pool import Pool, transaction
from shared.runtime.process import running_task
from shared.testing.waiting import eventually
from tests.shared.toy import tallies

SCHEMA = "toy"


@asynccontextmanager
async def relaying(dsn: str, kafka: Kafka) -> AsyncIterator[Relay]:
    """The relay, until the block ends."""
    relay = Relay(dsn, SCHEMA, kafka, origin="http://localhost")
    async with running_task(relay.run()):
        yield relay


@asynccontextmanager
async def consuming(
    pool: Pool, kafka: Kafka, *, ceiling: int = 100, routes: Any = tallies.ROUTES
) -> AsyncIterator[Consumer]:
    """A consumer that has its partitions, until the block ends."""
    inbound = Consumer(SCHEMA, routes, kafka, pool, ceiling=ceiling)

    async def assigned() -> bool:
        return inbound.assignment.complete

    async with running_task(inbound.run()):
        await eventually(assigned)
        yield inbound


async def count_up(pool: Pool, key: str, times: int = 1) -> None:
    """Raise a tally so many times, each in a transaction of its own."""
    for _ in range(times):
        async with transaction(pool) as tx:
            await tallies.count_up(tx, key)


async def effects(pool: Pool) -> dict[str, list[int | None]]:
    """For each key the versions that took effect, in their order; None is a tombstone."""
    found: dict[str, list[int | None]] = defaultdict(list)
    for row in await pool.fetch("SELECT key, version FROM effect ORDER BY id"):
        found[row["key"]].append(row["version"])
    return dict(found)


async def took_effect(
    pool: Pool, expected: Mapping[str, Sequence[int | None]], *, seconds: float = 30
) -> None:
    """Wait until these effects are there, and hold that there are no others."""
    wanted = sum(len(versions) for versions in expected.values())

    async def arrived() -> bool:
        return int(await pool.fetchval("SELECT count(*) FROM effect")) >= wanted

    await eventually(arrived, seconds=seconds)
    assert await effects(pool) == expected


async def position(pool: Pool) -> int:
    """How far the consumer is, over all partitions."""
    return int(await pool.fetchval("SELECT coalesce(sum(next), 0) FROM position"))


async def consumed(pool: Pool, records: int) -> None:
    """Wait until the consumer is behind so many records."""

    async def reached() -> bool:
        return await position(pool) >= records

    await eventually(reached)
