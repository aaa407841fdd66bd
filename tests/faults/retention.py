"""The topic of the fault suite as a log whose retention has passed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.messaging.kafka import Kafka
from tests.faults.service.entries import ACCOUNT

# The brokers look whether retention has passed every second.
QUICK = {"log.retention.check.interval.ms": "1000", "log.initial.task.delay.ms": "1000"}
KEEP = {"cleanup.policy": "delete", "retention.ms": "-1"}
SHORT = {"cleanup.policy": "delete", "retention.ms": "1000", "segment.ms": "1000"}


@asynccontextmanager
async def short_retention(kafka: Kafka) -> AsyncIterator[None]:
    """Keep records for a second, until the block ends; afterwards for ever. Other settings of the topic are lost."""
    await _configure_topic(kafka, SHORT)
    try:
        yield
    finally:
        await _configure_topic(kafka, KEEP)


async def _configure_topic(kafka: Kafka, settings: dict[str, str]) -> None:
    admin = AIOKafkaAdminClient(**kafka.client_options)
    await admin.start()
    try:
        resource = ConfigResource(ConfigResourceType.TOPIC, kafka.topic_name(ACCOUNT.name), settings)
        await admin.alter_configs([resource])
    finally:
        await admin.close()


async def first_offsets(kafka: Kafka) -> dict[int, int]:
    """The first offset that is left in each partition. Raises KafkaError."""
    consumer = AIOKafkaConsumer(**kafka.client_options)
    await consumer.start()
    try:
        partitions = [TopicPartition(kafka.topic_name(ACCOUNT.name), n) for n in range(ACCOUNT.partitions)]
        return {
            partition.partition: first
            for partition, first in (await consumer.beginning_offsets(partitions)).items()
        }
    finally:
        await consumer.stop()
