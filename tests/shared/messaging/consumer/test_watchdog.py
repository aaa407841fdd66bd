"""A consumer that hangs without a sign is started again; one that waits for a reason is left alone."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from prometheus_client import REGISTRY

from shared.messaging.consumer import watchdog
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.consumer.watchdog import ConsumerStuck
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from shared.testing.waiting import eventually
from tests.shared.toy.partner import PARTITIONS, raised, write
from tests.shared.toy.parts import SCHEMA, consuming, took_effect
from tests.shared.toy.tallies import ROUTES, TALLY


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(watchdog, "STALLED_SECONDS", 2.0)


async def hang(inbound: Consumer) -> None:
    """End the tasks that fetch: what is left is alive, holds its partitions, and never reads again."""
    consumer = inbound._kafka_consumer()
    assert consumer is not None
    fetching = {consumer._fetcher._fetch_task, *consumer._fetcher._pending_tasks}
    for task in fetching:
        task.cancel()
    await asyncio.wait(fetching)


async def test_a_consumer_that_hangs_goes_on_after_a_restart(pool: Pool, corner: Kafka) -> None:
    async with consuming(pool, corner) as inbound:
        epoch = inbound.assignment.epoch
        await hang(inbound)
        await write(corner, [raised("a", 1), raised("b", 1)])

        await took_effect(pool, {"a": [1], "b": [1]})
        await write(corner, [raised("a", 2)])
        await took_effect(pool, {"a": [1, 2], "b": [1]})
        assert inbound.assignment.epoch > epoch


async def test_a_consumer_that_hangs_again_soon_ends_its_process(pool: Pool, corner: Kafka) -> None:
    inbound = Consumer(SCHEMA, ROUTES, corner, pool)

    async def assigned() -> bool:
        return inbound.assignment.complete

    running = asyncio.create_task(inbound.run())
    for version in (1, 2):
        await eventually(assigned)
        await hang(inbound)
        await write(corner, [raised("a", version)])
        if version == 1:
            await took_effect(pool, {"a": [1]})

    async with asyncio.timeout(30):
        with pytest.raises(ConsumerStuck):
            await running


async def lag_is(records: int) -> bool:
    """Whether the process tells that so many records wait."""
    about = {"consumer": SCHEMA, "topic": TALLY.name}
    return REGISTRY.get_sample_value("alumnibus_consumer_lag_records", about) == records


@asynccontextmanager
async def joining_first(kafka: Kafka) -> AsyncIterator[None]:
    """A member of the toy's group that gets a partition before the toy's consumer does."""
    member = AIOKafkaConsumer(
        kafka.topic_name(TALLY.name),
        **kafka.client_options,
        group_id=kafka.topic_name(SCHEMA),
        client_id="a",
        partition_assignment_strategy=[RoundRobinPartitionAssignor],
        enable_auto_commit=False,
    )
    await member.start()
    try:
        yield
    finally:
        await member.stop()


async def left_alone(inbound: Consumer, monkeypatch: pytest.MonkeyPatch) -> None:
    """For three times as long as the watchdog has patience, nothing is started again."""
    epoch, clock = inbound.assignment.epoch, Clock()
    monkeypatch.setattr(watchdog, "time", clock)
    for _ in range(3):
        clock.passed += watchdog.STALLED_SECONDS

        async def has_looked_since(then: float = clock.monotonic()) -> bool:
            return inbound._watchdog._checked_at >= then

        await eventually(has_looked_since)
    assert inbound.assignment.epoch == epoch


class Clock:
    """A clock that can be put forward."""

    passed = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.passed


async def test_a_consumer_that_waits_at_the_ceiling_is_left_alone(
    pool: Pool, corner: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pool.execute("INSERT INTO barred VALUES ('a')")
    async with consuming(pool, corner, ceiling=0) as inbound:
        await write(corner, [raised("a", 1)])

        async def waits() -> bool:
            return inbound.trouble == "CeilingReached"

        await eventually(waits)
        await left_alone(inbound, monkeypatch)
        assert await waits()


async def test_a_consumer_with_nothing_to_read_is_left_alone(
    pool: Pool, corner: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with consuming(pool, corner) as inbound:
        await write(corner, [raised("a", 1)])
        await took_effect(pool, {"a": [1]})
        await left_alone(inbound, monkeypatch)


async def test_a_consumer_outlives_a_table_that_is_missing_for_a_while(pool: Pool, corner: Kafka) -> None:
    async with consuming(pool, corner) as inbound:
        await pool.execute("ALTER TABLE parked_key RENAME TO away")
        looked = inbound._watchdog._checked_at

        async def has_looked_again() -> bool:
            return inbound._watchdog._checked_at > looked

        await eventually(has_looked_again)
        await pool.execute("ALTER TABLE away RENAME TO parked_key")
        await write(corner, [raised("a", 1)])
        await took_effect(pool, {"a": [1]})


async def test_what_others_read_now_does_not_wait_here(pool: Pool, corner: Kafka) -> None:
    await pool.execute("INSERT INTO barred VALUES ('a')")
    async with consuming(pool, corner, ceiling=0) as inbound, AsyncExitStack() as others:
        await write(corner, [raised("a", 1)])
        await eventually(lambda: lag_is(1))

        joining = (others.enter_async_context(joining_first(corner)) for _ in range(PARTITIONS))
        await asyncio.gather(*joining)

        await eventually(lambda: lag_is(0))
        assert inbound.assignment.complete
