"""PostgreSQL or Kafka is away for a while: nothing is parked, nothing is lost, and it goes on by itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest
from aiokafka.errors import KafkaError

from deploy.kafka import topics
from deploy.local.home import reset_home
from deploy.local.server import Server
from deploy.local.servers import KAFKA, POSTGRES, Servers
from deploy.local.servers import running_servers as started
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.kafka import Kafka
from shared.messaging.relay import producer
from shared.postgres.pool import Pool, open_pool
from shared.runtime.process import running_task
from shared.testing.kafka import read_records
from shared.testing.waiting import eventually
from tests.shared.conftest import in_database, prepare
from tests.shared.toy.partner import raised, write
from tests.shared.toy.parts import SCHEMA, consuming, count_up, relaying, took_effect
from tests.shared.toy.processes import away
from tests.shared.toy.tallies import ROUTES, TALLY

pytestmark = pytest.mark.timeout(180)
# A consumer without a running batch is ended sooner, a busy machine included.
END_SECONDS = 10.0


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Two servers that these tests may end and start again."""
    home = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv(KAFKA, raising=False)
        environment.delenv(POSTGRES, raising=False)
        with started(home, durable=False) as both:
            yield both
    reset_home(home)


@pytest.fixture
async def dsn(own: Servers) -> str:
    name = f"outage_{uuid4().hex[:8]}"
    connection = await asyncpg.connect(own.postgres)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    dsn = in_database(own.postgres, name)
    await prepare(dsn)
    return dsn


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with await open_pool(dsn, SCHEMA) as opened:
        yield opened


@pytest.fixture
async def corner(own: Servers) -> Kafka:
    kafka = replace(own.kafka, prefix=f"{uuid4().hex[:8]}.")
    await topics.create_topics(kafka, [TALLY], partitions=3)
    return kafka


def says(trouble: Callable[[], str | None]) -> Callable[[], Awaitable[bool]]:
    """Whether a part says that something is wrong."""

    async def said() -> bool:
        return trouble() is not None

    return said


async def test_while_postgresql_is_away_nothing_is_parked_and_nothing_lost(
    own: Servers, dsn: str, pool: Pool, corner: Kafka
) -> None:
    async with relaying(dsn, corner) as relay, consuming(pool, corner) as inbound:
        await count_up(pool, "a", 3)
        await took_effect(pool, {"a": [1, 2, 3]})
        async with away(own.postgres_process):
            await write(corner, [raised("b", n) for n in (1, 2, 3)])
            await eventually(says(lambda: inbound.trouble))
            await eventually(says(lambda: relay.trouble))
        await count_up(pool, "a", 2)

        await took_effect(pool, {"a": [1, 2, 3, 4, 5], "b": [1, 2, 3]})
        assert await pool.fetchval("SELECT count(*) FROM parked_key") == 0
        assert inbound.trouble is None


async def test_a_consumer_that_starts_without_postgresql_waits_for_it_and_can_be_ended(
    own: Servers, pool: Pool, corner: Kafka
) -> None:
    await write(corner, [raised("a", 1)])
    ended, lasting = (Consumer(SCHEMA, ROUTES, corner, pool) for _ in range(2))
    async with away(own.postgres_process):
        async with asyncio.timeout(20), running_task(ended.run()):
            await eventually(lambda: paused(ended))
        last = running_task(lasting.run())
        await last.__aenter__()
        await eventually(lambda: paused(lasting))
        assert not lasting.assignment.complete
    await took_effect(pool, {"a": [1]})
    await last.__aexit__(None, None, None)


async def paused(inbound: Consumer) -> bool:
    """Whether it has partitions but not their positions."""
    return inbound.assignment.lock.locked()


async def newest_last(kafka: Kafka, key: str, version: int) -> bool:
    """Whether the last record of a key is its newest, as compaction would keep it."""
    try:
        found = await read_records(kafka, TALLY.name)
    except KafkaError:
        return False
    versions = [int(dict(record.headers)["ce_sequence"]) % 10**15 for record in found]
    return bool(versions) and versions[-1] == version == max(versions)


async def test_while_kafka_is_away_all_wait_and_go_on_in_order(
    own: Servers, dsn: str, pool: Pool, corner: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producer, "SEND_SECONDS", 1)
    late = Consumer(SCHEMA, ROUTES, corner, pool)
    async with AsyncExitStack() as parts:
        relay = await parts.enter_async_context(relaying(dsn, corner))
        await count_up(pool, "a", 2)
        await eventually(lambda: newest_last(corner, "a", 2))
        async with away(own.kafka_process):
            await count_up(pool, "a", 2)
            await parts.enter_async_context(running_task(late.run()))
            await eventually(says(lambda: relay.trouble))
            await eventually(says(lambda: late.trouble))
            await count_up(pool, "a", 2)

        await took_effect(pool, {"a": [1, 2, 3, 4, 5, 6]}, seconds=60)
        await count_up(pool, "a")
        await took_effect(pool, {"a": [1, 2, 3, 4, 5, 6, 7]})
    assert await newest_last(corner, "a", 7)


async def test_while_kafka_does_not_answer_nothing_old_is_written_after_newer_ones_and_all_can_be_ended(
    own: Servers, dsn: str, pool: Pool, corner: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(producer, "SEND_SECONDS", 1)
    async with relaying(dsn, corner) as relay:
        async with silent(own.kafka_process, after=consuming(pool, corner)):
            await count_up(pool, "a")
            await eventually(says(lambda: relay.trouble))
            await count_up(pool, "a")

        await eventually(lambda: newest_last(corner, "a", 2))
    assert await newest_last(corner, "a", 2)


@asynccontextmanager
async def silent(server: Server, *, after: AbstractAsyncContextManager[Consumer]) -> AsyncIterator[None]:
    """The server holds its connections and says nothing; a consumer that ran before is ended meanwhile."""
    await after.__aenter__()
    server.pause()
    try:
        async with asyncio.timeout(END_SECONDS):
            await after.__aexit__(None, None, None)
        yield
    finally:
        server.resume()
