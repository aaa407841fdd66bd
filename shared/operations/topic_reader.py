"""Reading a topic beside its consumers, from its beginning to an end; no position is moved."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from shared.messaging.consumer.positions import Positions
from shared.messaging.kafka import Kafka
from shared.messaging.relay.segment_roll import is_roll

BATCH = 1000
SILENT_SECONDS = 30


@asynccontextmanager
async def open_reader(kafka: Kafka) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer of no group."""
    reader = AIOKafkaConsumer(**kafka.client_options, auto_offset_reset="earliest")
    try:
        await reader.start()
        await asyncio.sleep(0)  # stopped before its tasks have begun, it would raise CancelledError
        yield reader
    finally:
        await reader.stop()


async def seek_to_beginning(
    reader: AIOKafkaConsumer, topic_partitions: Sequence[TopicPartition]
) -> tuple[Positions, Positions]:
    """Go to the beginning of these partitions; returns where they begin and where they end now. Raises KafkaError."""
    reader.assign(list(topic_partitions))
    try:
        async with asyncio.timeout(SILENT_SECONDS):
            beginnings: Positions = await reader.beginning_offsets(list(topic_partitions))
            ends: Positions = await reader.end_offsets(list(topic_partitions))
    except TimeoutError:
        raise KafkaTimeoutError from None
    for tp in topic_partitions:
        reader.seek(tp, beginnings[tp])
    return beginnings, ends


async def read_until(
    reader: AIOKafkaConsumer, ends: Positions
) -> "AsyncIterator[list[ConsumerRecord[bytes, bytes]]]":
    """What is there before these ends, without the segment rolls. Raises KafkaError."""
    silent = 0
    while any([await reader.position(tp) < end for tp, end in ends.items()]):
        fetched = await reader.getmany(timeout_ms=1000, max_records=BATCH)
        silent = 0 if fetched else silent + 1
        if silent > SILENT_SECONDS:
            raise KafkaTimeoutError
        yield [
            record
            for tp, found in fetched.items()
            for record in found
            if record.offset < ends[tp] and not is_roll(record)
        ]


async def read_topic(
    reader: AIOKafkaConsumer, name: str
) -> "AsyncIterator[list[ConsumerRecord[bytes, bytes]]]":
    """All that a topic, named as on the broker, holds as of now; each key in order. Raises KafkaError."""
    _, ends = await _seek_whole_topic(reader, name)
    async for found in read_until(reader, ends):
        yield found


async def find_bounds(reader: AIOKafkaConsumer, names: Collection[str]) -> tuple[Positions, Positions]:
    """Where the partitions of these topics begin and end now; nothing of topics that don't exist. Raises KafkaError."""
    beginnings: dict[TopicPartition, int] = {}
    ends: dict[TopicPartition, int] = {}
    for name in sorted(set(names) & await reader.topics()):
        first, last = await _seek_whole_topic(reader, name)
        beginnings |= first
        ends |= last
    return beginnings, ends


async def _seek_whole_topic(reader: AIOKafkaConsumer, name: str) -> tuple[Positions, Positions]:
    await seek_to_beginning(reader, [TopicPartition(name, 0)])
    known = sorted(reader.partitions_for_topic(name) or ())
    return await seek_to_beginning(reader, [TopicPartition(name, partition) for partition in known])
