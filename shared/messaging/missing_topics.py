"""Topics that Kafka doesn't have or doesn't give: named at once, where its client would wait for most of a minute."""

from collections.abc import Collection

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    KafkaConnectionError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)

from shared.messaging.kafka import Kafka


class TopicMissing(UnknownTopicOrPartitionError):  # type: ignore[misc]
    """Kafka answers, and has no topic of this name, or no broker that leads it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"topic {self.name} is missing"


class TopicForbidden(TopicAuthorizationFailedError):  # type: ignore[misc]
    """Kafka's access lists give this user nothing of a topic of this name, whether it's there or not."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"topic {self.name} may not be used"


def describe_trouble(error: Exception) -> str:
    """What an operator reads of it: an exception's class, or which topic is missing or forbidden."""
    return str(error) if isinstance(error, TopicMissing | TopicForbidden) else type(error).__name__


async def count_partitions(client: AIOKafkaClient, name: str) -> int:
    """How many partitions the topic has. Raises `TopicMissing`, `TopicForbidden`, KafkaConnectionError."""
    known = client.cluster.partitions_for_topic(name)
    if known is None:
        client.add_topic(name)
        if not await client.force_metadata_update():
            raise KafkaConnectionError
        known = client.cluster.partitions_for_topic(name)
    if name in client.cluster.unauthorized_topics:
        raise TopicForbidden(name)
    if known is None:
        raise TopicMissing(name)
    return len(known)


async def require_topics(kafka: Kafka, names: Collection[str]) -> None:
    """Raises `TopicMissing` or `TopicForbidden` for the first of these that can't be used, KafkaConnectionError."""
    client = AIOKafkaClient(**kafka.client_options)
    try:
        await client.bootstrap()
        for name in sorted(names):
            await count_partitions(client, name)
    finally:
        await client.close()
