"""The ids of topics (KIP-516): a topic that is deleted and created again has its old name and another id.

aiokafka asks for metadata of version 5 at most; ids came with version 10, and version 12 is asked for here.
"""

from collections.abc import Collection, Sequence
from io import BytesIO
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

METADATA = 3
VERSION = 12
# What a broker says that has no ids, or doesn't know the topic.
NO_ID = UUID(int=0)


class _Uuid(AbstractType[UUID]):  # type: ignore[misc]
    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))


_BROKER = (
    ("node_id", Int32),
    ("host", CompactString()),
    ("port", Int32),
    ("rack", CompactString()),
    ("tags", TaggedFields),
)
_PARTITION = (
    ("error_code", Int16),
    ("partition", Int32),
    ("leader", Int32),
    ("leader_epoch", Int32),
    ("replicas", CompactArray(Int32)),
    ("isr", CompactArray(Int32)),
    ("offline_replicas", CompactArray(Int32)),
    ("tags", TaggedFields),
)
_TOPIC = (
    ("error_code", Int16),
    ("name", CompactString()),
    ("topic_id", _Uuid),
    ("is_internal", Boolean),
    ("partitions", CompactArray(*_PARTITION)),
    ("operations", Int32),
    ("tags", TaggedFields),
)


class _MetadataResponse(Response):  # type: ignore[misc]
    """MetadataResponse v12."""

    API_KEY = METADATA
    API_VERSION = VERSION
    SCHEMA = Schema(
        ("throttle_ms", Int32),
        ("brokers", CompactArray(*_BROKER)),
        ("cluster_id", CompactString()),
        ("controller", Int32),
        ("topics", CompactArray(*_TOPIC)),
        ("tags", TaggedFields),
    )

    def topic_ids(self) -> dict[str, UUID]:
        """By the topic's name; without those for which the broker gives no id."""
        known = ((name, topic_id) for _, name, topic_id, *_ in self.topics)
        return {name: topic_id for name, topic_id in known if topic_id != NO_ID}


class _MetadataRequestStruct(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = METADATA
    API_VERSION = VERSION
    RESPONSE_TYPE = _MetadataResponse
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("topic_id", _Uuid), ("name", CompactString()), ("tags", TaggedFields)),
        ),
        ("may_make_topics", Boolean),
        ("with_operations", Boolean),
        ("tags", TaggedFields),
    )


class _MetadataRequest(Request[_MetadataRequestStruct]):  # type: ignore[misc]
    API_KEY = METADATA

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def build(self, request_struct_class: type[_MetadataRequestStruct]) -> _MetadataRequestStruct:
        return request_struct_class([(NO_ID, name, {}) for name in sorted(self._names)], False, False, {})


async def read_topic_ids(
    consumer: AIOKafkaConsumer, topic_partitions: Sequence[TopicPartition]
) -> dict[str, UUID]:
    """The ids of these partitions' topics by name; without those for which the broker gives none (it is older than
    Kafka 3.1, or doesn't know the topic). Raises KafkaError.

    Asked is the leader of one of the partitions: nothing but their own brokers has to be there.
    """
    if not topic_partitions:
        return {}
    client = consumer._client
    try:
        response: _MetadataResponse = await client.send(
            client.cluster.leader_for_partition(topic_partitions[0]),
            _MetadataRequest({topic_partition.topic for topic_partition in topic_partitions}),
        )
    except NotImplementedError:
        return {}
    return response.topic_ids()
