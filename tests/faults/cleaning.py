"""A broker that cleans its compacted topics as soon as it may."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.contracts.catalogue import Topic
from shared.messaging.kafka import Kafka
from tests.faults.service.entries import ACCOUNT

EAGER = {
    "cleanup.policy": "compact",
    "segment.ms": "50",
    "min.cleanable.dirty.ratio": "0.0",
    "min.compaction.lag.ms": "0",
}


@asynccontextmanager
async def eager_cleaning(
    kafka: Kafka, settings: Mapping[str, str], cleaned: Topic = ACCOUNT
) -> AsyncIterator[None]:
    """The topic has these settings from here on; until the block ends the broker looks for work all the time."""
    admin = AIOKafkaAdminClient(**kafka.client_options)
    await admin.start()
    try:
        topic = ConfigResource(ConfigResourceType.TOPIC, kafka.topic_name(cleaned.name), dict(settings))
        broker = ConfigResource(ConfigResourceType.BROKER, "1", {"log.cleaner.backoff.ms": "100"})
        await admin.alter_configs([topic, broker])
        yield
        await admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", {})])
    finally:
        await admin.close()
