"""Partitions change hands under load: nothing is lost, nothing repeated, no key inverted."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest

from shared.messaging.consumer.consumer import Consumer, FetchedBatch
from shared.messaging.kafka import Kafka
from shared.messaging.message import Message
from shared.postgres.pool import Pool, Tx, open_pool
from shared.runtime.process import running_task
from shared.testing.kafka import read_records
from shared.testing.waiting import eventually
from tests.shared.toy.partner import raised, write
from tests.shared.toy.parts import SCHEMA, consuming, count_up, relaying, took_effect
from tests.shared.toy.tallies import ROUTES, TALLY, note

KEYS = "abcdefgh"


@pytest.fixture
async def second_pool(dsn: str) -> AsyncIterator[Pool]:
    """The pool of another process."""
    async with await open_pool(dsn, SCHEMA) as opened:
        yield opened


@asynccontextmanager
async def joined(pool: Pool, kafka: Kafka, first: Consumer, routes: Any = ROUTES) -> AsyncIterator[Consumer]:
    """A second consumer that shares the partitions with the first."""
    async with consuming(pool, kafka, routes=routes) as second:
        await eventually(lambda: shared_by(first, second))
        yield second


async def shared_by(*consumers: Consumer) -> bool:
    """Whether each has partitions and together they have all three once."""
    owned = [set(consumer.assignment.next_offsets) for consumer in consumers]
    return all(owned) and sum(map(len, owned)) == len(set().union(*owned)) == 3


class Load:
    """Tallies that go up until told to stop."""

    def __init__(self, pool: Pool) -> None:
        self.counted = 0
        self._pool = pool

    async def run(self) -> None:
        while True:
            for key in KEYS:
                await count_up(self._pool, key)
            self.counted += 1

    async def goes_on(self, rounds: int) -> None:
        """Wait until so many more rounds are done."""
        until = self.counted + rounds

        async def reached() -> bool:
            return self.counted >= until

        await eventually(reached)


async def test_consumers_that_join_and_leave_under_load_lose_and_repeat_nothing(
    dsn: str, pool: Pool, second_pool: Pool, corner: Kafka
) -> None:
    load = Load(pool)
    async with relaying(dsn, corner), consuming(pool, corner) as first:
        async with running_task(load.run()):
            await load.goes_on(3)
            for _ in range(2):
                async with joined(second_pool, corner, first):
                    await load.goes_on(3)
                await eventually(lambda: shared_by(first))
        expected = {
            row["tally"]: row["version"] for row in await pool.fetch("SELECT tally, version FROM tally")
        }

        await took_effect(pool, {key: list(range(1, last + 1)) for key, last in expected.items()})


async def test_a_batch_in_back_off_is_given_up_when_its_partitions_leave(
    pool: Pool, second_pool: Pool, corner: Kafka
) -> None:
    entered = asyncio.Event()

    async def locked_out(tx: Tx, messages: Sequence[Message[Any]]) -> None:
        entered.set()
        raise asyncpg.LockNotAvailableError

    await write(corner, [raised(key, 1) for key in KEYS])
    async with consuming(pool, corner, routes={TALLY: locked_out}) as first:
        await entered.wait()
        async with joined(second_pool, corner, first) as second:
            theirs = {place.partition for place in second.assignment.next_offsets}
            await eventually(lambda: applied(second_pool, theirs))
    async with consuming(pool, corner):
        await took_effect(pool, {key: [1] for key in KEYS})


async def applied(pool: Pool, partitions: set[int]) -> bool:
    """Whether something of each of these partitions has been applied."""
    rows = await pool.fetch("SELECT partition FROM position WHERE next > 0")
    return partitions <= {row["partition"] for row in rows}


async def test_partitions_are_handed_over_when_the_running_batch_has_ended(
    pool: Pool, second_pool: Pool, corner: Kafka
) -> None:
    entered, meanwhile = asyncio.Event(), list[bool]()

    async def slowly(tx: Tx, messages: Sequence[Message[Any]]) -> None:
        entered.set()
        await eventually(lambda: leaves(first))
        with suppress(AssertionError):
            await eventually(lambda: has_partitions(second), seconds=1)
        meanwhile.extend((first.assignment.complete, await has_partitions(second)))
        await note(tx, messages)

    second = Consumer(SCHEMA, ROUTES, corner, second_pool)
    async with consuming(pool, corner, routes={TALLY: slowly}) as first:
        await write(corner, [raised("a", 1)])
        await entered.wait()
        async with running_task(second.run()):
            await eventually(lambda: shared_by(first, second))
            await took_effect(pool, {"a": [1]})

    assert meanwhile == [False, False]


async def leaves(consumer: Consumer) -> bool:
    return consumer.assignment.leaving


async def has_partitions(consumer: Consumer) -> bool:
    """Whether Kafka has given it partitions."""
    client = consumer._kafka_consumer()
    return client is not None and bool(client.assignment())


async def test_a_stopped_partition_is_told_by_its_owner_alone(
    pool: Pool, second_pool: Pool, corner: Kafka
) -> None:
    async with consuming(pool, corner):
        await pool.execute("UPDATE position SET next = 100")
    async with consuming(pool, corner) as first:
        assert len(first.assignment.stopped) == 3
        async with consuming(second_pool, corner) as second:
            await eventually(lambda: told_by(first, second))


async def told_by(*consumers: Consumer) -> bool:
    """Whether each has stopped partitions and together they have all three once."""
    stopped = [set(consumer.assignment.stopped) for consumer in consumers]
    return all(stopped) and sum(map(len, stopped)) == len(set().union(*stopped)) == 3


async def test_what_was_fetched_before_a_take_over_is_not_applied_after_it(pool: Pool, corner: Kafka) -> None:
    async with consuming(pool, corner) as inbound:
        consumer = inbound._subscriber.consumer
        assert consumer is not None
        consumer.pause(*consumer.assignment())
        await write(corner, [raised("a", n) for n in (1, 2, 3)], partition=0)
        newest = (await read_records(corner, TALLY.name))[-1:]

        await inbound._handle_batch(FetchedBatch(inbound.assignment.epoch - 1, newest))

        consumer.resume(*consumer.assignment())
        await took_effect(pool, {"a": [1, 2, 3]})


async def test_who_lost_a_partition_without_knowing_applies_nothing_and_reads_its_position_again(
    pool: Pool, corner: Kafka
) -> None:
    await write(corner, [raised("a", 1)], partition=0)
    async with consuming(pool, corner):
        await took_effect(pool, {"a": [1]})
        await pool.execute("UPDATE position SET next = 3 WHERE partition = 0")

        await write(corner, [raised("a", 2), raised("a", 3), raised("a", 4)], partition=0)

        await took_effect(pool, {"a": [1, 4]})
