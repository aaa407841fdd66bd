"""The contest counts what is lost, repeated and out of order."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

import asyncpg
import pytest

from bench import work
from bench.environment import Addresses, Environment
from bench.ledger import FaultCounts, count_faults
from deploy.local.servers import Servers
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Connection
from shared.testing.waiting import eventually


@pytest.fixture
async def ledger(servers: Servers, dsns: Mapping[str, str]) -> AsyncIterator[Connection]:
    """A connection that sees the cards and the effects, both empty."""
    database = urlsplit(dsns[work.OWNER]).path.removeprefix("/")
    connection = await asyncpg.connect(servers.postgres, database=database)
    for schema, table in work.TABLES.items():
        await connection.execute(f"SET search_path = {schema}; {table}; RESET search_path")
    yield connection
    await connection.close()


async def arrive(
    ledger: Connection, owned: Mapping[int, int], arrivals: list[tuple[int, int]]
) -> FaultCounts:
    """Cards by number with the versions they had, and (card, version) as they arrived."""
    for number, version in owned.items():
        await ledger.execute(
            "INSERT INTO members.card VALUES ($1, $2, 'Synthetic')", work.member_id(number), version
        )
    for number, version in arrivals:
        await ledger.execute(
            "INSERT INTO events.effect (member, version, name) VALUES ($1, $2, 'Synthetic')",
            work.member_id(number),
            version,
        )
    return await count_faults(ledger)


async def test_nothing_is_counted_where_each_version_arrives_once_and_in_order(ledger: Connection) -> None:
    counts = await arrive(ledger, {1: 2, 2: 1}, [(1, 1), (2, 1), (1, 2)])

    assert counts == FaultCounts(lost=0, duplicates=0, reorderings=0, phantom_writes=0)


async def test_a_version_that_never_arrives_is_lost(ledger: Connection) -> None:
    counts = await arrive(ledger, {1: 3, 2: 1}, [(1, 1), (1, 3)])

    assert counts == FaultCounts(lost=2, duplicates=0, reorderings=0, phantom_writes=0)


async def test_a_version_that_comes_again_is_a_duplicate_and_no_reordering(ledger: Connection) -> None:
    counts = await arrive(ledger, {1: 2}, [(1, 1), (1, 2), (1, 1), (1, 2), (1, 2)])

    assert counts == FaultCounts(lost=0, duplicates=3, reorderings=0, phantom_writes=0)


async def test_each_version_that_comes_first_after_a_newer_one_is_a_reordering(ledger: Connection) -> None:
    counts = await arrive(ledger, {1: 4, 2: 2}, [(1, 4), (1, 1), (2, 1), (1, 2), (1, 3), (2, 2)])

    assert counts == FaultCounts(lost=0, duplicates=0, reorderings=3, phantom_writes=0)


async def test_a_version_that_its_card_never_had_is_a_phantom_write(ledger: Connection) -> None:
    counts = await arrive(ledger, {1: 1}, [(1, 1), (1, 2), (2, 1)])

    assert counts == FaultCounts(lost=0, duplicates=0, reorderings=0, phantom_writes=2)


async def test_a_batch_that_is_about_to_commit_is_not_lost(
    ledger: Connection, servers: Servers, dsns: Mapping[str, str]
) -> None:
    environment = Environment(Addresses(Kafka(""), "", "", "", ""), ledger)
    database = urlsplit(dsns[work.READER]).path.removeprefix("/")
    reader, watch = [await asyncpg.connect(servers.postgres, database=database) for _ in range(2)]
    await ledger.execute("INSERT INTO members.card VALUES ($1, 1, 'Synthetic')", work.member_id(1))
    async with reader.transaction():
        await arrive(reader, {}, [(1, 1)])
        settling = asyncio.create_task(environment.settled_counts())
        await eventually(lambda: _counted(watch, ledger.get_server_pid()))
    await asyncio.gather(reader.close(), watch.close())

    assert await settling == FaultCounts(lost=0, duplicates=0, reorderings=0, phantom_writes=0)


async def _counted(connection: Connection, pid: int) -> bool:
    """Whether another session has ended at least one count of the ledger."""
    return bool(
        await connection.fetchval(
            "SELECT state = 'idle' AND query LIKE '%arrived%' FROM pg_stat_activity WHERE pid = $1", pid
        )
    )
