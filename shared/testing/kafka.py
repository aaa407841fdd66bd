"""Topics as a test sees them: read whole, and written by hand."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.contracts.catalogue import Topic
from shared.messaging.kafka import Kafka
from shared.runtime.settings import build_environment

Record: TypeAlias = Any
MakeTopics: TypeAlias = Callable[[Sequence[Topic]], Awaitable[None]]


def set_broker(environment: pytest.MonkeyPatch, kafka: Kafka) -> None:
    """Lead what reads its settings in this process to these brokers."""
    for name, value in build_environment(kafka).items():
        environment.setenv(name, value)


async def read_records(kafka: Kafka, topic: str) -> list[Record]:
    """All records that are in a topic (by its name in the catalogue), by partition and offset."""
    consumer = AIOKafkaConsumer(**kafka.client_options, auto_offset_reset="earliest")
    await consumer.start()
    try:
        name = kafka.topic_name(topic)
        topic_partitions = [TopicPartition(name, p) for p in range(await _count_partitions(kafka, name))]
        consumer.assign(topic_partitions)
        ends = await consumer.end_offsets(topic_partitions)
        found: list[Record] = []
        while any([await consumer.position(tp) < end for tp, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=100)).values():
                found += batch
        return sorted(found, key=lambda record: (record.partition, record.offset))
    finally:
        await consumer.stop()


async def _count_partitions(kafka: Kafka, name: str) -> int:
    admin = AIOKafkaAdminClient(**kafka.client_options)
    await admin.start()
    try:
        [described] = await admin.describe_topics([name])
        return len(described["partitions"])
    finally:
        await admin.close()


@asynccontextmanager
async def open_producer(kafka: Kafka) -> AsyncIterator[AIOKafkaProducer]:
    """A foreign producer, as a partner's system would have it."""
    producer = AIOKafkaProducer(**kafka.client_options, acks="all")
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def configure_topic(kafka: Kafka, topic: Topic, own: Mapping[str, str]) -> None:
    """Give a topic these settings besides those of the catalogue, and no others."""
    settings = {**topic.settings, **own}
    admin = AIOKafkaAdminClient(**kafka.client_options)
    await admin.start()
    try:
        asked = ConfigResource(ConfigResourceType.TOPIC, kafka.topic_name(topic.name), settings)
        [answer] = await admin.alter_configs([asked])
        [(code, why, *_)] = answer.resources
        assert code == 0, f"the broker did not take the settings: {why}"
    finally:
        await admin.close()


async def delete_topics(kafka: Kafka, names: Sequence[str]) -> None:
    """Remove these topics (names as on the broker)."""
    admin = AIOKafkaAdminClient(**kafka.client_options)
    await admin.start()
    try:
        await admin.delete_topics(list(names))
    finally:
        await admin.close()
