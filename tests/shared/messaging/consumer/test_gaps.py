"""Offsets that are missing: compaction leaves gaps by nature, and retention that passed by is an alarm."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.messaging.consumer import positions
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool, transaction
from shared.testing.kafka import MakeTopics, read_records
from shared.testing.waiting import eventually
from tests.shared.toy.partner import Foreign, raised, write
from tests.shared.toy.parts import SCHEMA, consuming, effects, took_effect
from tests.shared.toy.tallies import NOTE, TALLY, note


@asynccontextmanager
async def administering(kafka: Kafka) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**kafka.client_options)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def remove_records(kafka: Kafka, topic: str, *, before: int) -> None:
    """Take the records before this offset out of partition 0; the topic's own rules are set aside for it."""
    place = TopicPartition(kafka.topic_name(topic), 0)
    aside = ConfigResource(ConfigResourceType.TOPIC, place.topic, {"cleanup.policy": "delete"})
    async with administering(kafka) as admin:
        await admin.alter_configs([aside])
        await admin.delete_records({place: RecordsToDelete(before_offset=before)})


def versions(first: int, last: int) -> list[Foreign]:
    return [raised("a", version) for version in range(first, last + 1)]


async def test_records_that_were_removed_before_the_position_hold_up_nothing(
    pool: Pool, corner: Kafka
) -> None:
    await write(corner, versions(1, 3), partition=0)
    async with consuming(pool, corner):
        await took_effect(pool, {"a": [1, 2, 3]})
    await write(corner, versions(4, 6), partition=0)
    await remove_records(corner, TALLY.name, before=5)

    async with consuming(pool, corner) as inbound:
        await took_effect(pool, {"a": [1, 2, 3, 6]})
        assert not inbound.assignment.stopped


async def test_compaction_in_the_middle_holds_up_nothing(pool: Pool, corner: Kafka) -> None:
    async with consuming(pool, corner):
        await write(corner, versions(1, 1), partition=0)
        await took_effect(pool, {"a": [1]})
    async with cleaning(corner):
        await write(corner, versions(2, 9), partition=0)
        await eventually(lambda: only_newest_is_kept(corner))
    await write(corner, [raised("last", 1)], partition=0)

    async with consuming(pool, corner) as inbound:
        await eventually(lambda: has_effect(pool, "last"))
        assert not inbound.assignment.stopped
    assert (await effects(pool))["a"] == [1, 9]


@asynccontextmanager
async def cleaning(kafka: Kafka) -> AsyncIterator[None]:
    """Let the broker compact the topic as soon as it can."""
    name = kafka.topic_name(TALLY.name)
    eager = {
        "cleanup.policy": "compact",
        "segment.ms": "50",
        "min.cleanable.dirty.ratio": "0.0",
        "min.compaction.lag.ms": "0",
    }
    async with administering(kafka) as admin:
        await admin.alter_configs(
            [
                ConfigResource(ConfigResourceType.TOPIC, name, eager),
                ConfigResource(ConfigResourceType.BROKER, "1", {"log.cleaner.backoff.ms": "100"}),
            ]
        )
        try:
            yield
        finally:
            await admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", {})])


async def only_newest_is_kept(kafka: Kafka) -> bool:
    """Whether the cleaner was there. It cleans only closed segments, and only a new record closes one."""
    await write(kafka, [raised("other", 1)], partition=0)
    return [record.offset for record in await read_records(kafka, TALLY.name) if record.key == b"a"] == [8]


async def has_effect(pool: Pool, key: str) -> bool:
    return key in await effects(pool)


@pytest.fixture
async def notes(kafka: Kafka, make_topics: MakeTopics) -> Kafka:
    """A corner of the broker with a log topic in it."""
    await make_topics([NOTE])
    return kafka


async def test_retention_that_passed_by_stops_the_partition_until_an_operator_accepts(
    pool: Pool, notes: Kafka
) -> None:
    await write(notes, versions(1, 2), partition=0, topic=NOTE)
    async with consuming(pool, notes, routes={NOTE: note}):
        await took_effect(pool, {"a": [1, 2]})
    await write(notes, versions(3, 6), partition=0, topic=NOTE)
    await remove_records(notes, NOTE.name, before=4)
    place = TopicPartition(notes.topic_name(NOTE.name), 0)

    async with consuming(pool, notes, routes={NOTE: note}) as inbound:
        assert list(inbound.assignment.stopped) == [place]
        await write(notes, [raised("elsewhere", 1)], partition=1, topic=NOTE)
        await took_effect(pool, {"a": [1, 2], "elsewhere": [1]})

    async with transaction(pool) as tx:
        assert await positions.accept_offset(tx, SCHEMA, place, 4)
    async with consuming(pool, notes, routes={NOTE: note}):
        await took_effect(pool, {"a": [1, 2, 5, 6], "elsewhere": [1]})


async def test_retention_that_passes_a_consumer_by_while_it_reads_is_noticed(
    pool: Pool, notes: Kafka
) -> None:
    async with consuming(pool, notes, routes={NOTE: note}) as inbound:
        await write(notes, versions(1, 2), partition=0, topic=NOTE)
        await took_effect(pool, {"a": [1, 2]})
        consumer = inbound._subscriber.consumer
        assert consumer is not None
        consumer.pause(*consumer.assignment())
        await write(notes, versions(3, 6), partition=0, topic=NOTE)
        await remove_records(notes, NOTE.name, before=5)
        consumer.resume(*consumer.assignment())

        await eventually(lambda: stopped(inbound))
        assert 6 not in (await effects(pool))["a"]


async def stopped(inbound: Consumer) -> bool:
    return bool(inbound.assignment.stopped)


async def test_a_position_behind_the_end_of_its_topic_stops_the_partition(pool: Pool, corner: Kafka) -> None:
    async with transaction(pool) as tx:
        await positions.insert_missing(tx, SCHEMA, {TopicPartition(corner.topic_name(TALLY.name), 2): 7})

    async with consuming(pool, corner) as inbound:
        assert [place.partition for place in inbound.assignment.stopped] == [2]
        await write(corner, [raised("a", 1)], partition=0)
        await took_effect(pool, {"a": [1]})
