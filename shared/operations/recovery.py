"""After a restore: all state is published again, and what has no row any more is withdrawn by tombstones."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Literal, TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition
from structlog.contextvars import bound_contextvars

from shared.contracts.catalogue import Topic
from shared.messaging.consumer import positions
from shared.messaging.consumer.assignment import BrokerPartition
from shared.messaging.consumer.topic_ids import read_topic_ids
from shared.messaging.kafka import Kafka
from shared.operations.live_keys import read_live_keys, write_tombstones
from shared.operations.republish import republish_states
from shared.operations.topic_reader import find_bounds, open_reader
from shared.postgres.pool import Pool, Tx, transaction
from shared.runtime.service import Definition

Step: TypeAlias = Literal["read", "wrote", "withdrew"]
Say: TypeAlias = Callable[[tuple[Step, Counter[str]]], None]


async def recover_topics(
    pool: Pool, kafka: Kafka, service: Definition, topics: Collection[Topic], say: Say
) -> list[str]:
    """Publish on these topics again; the service must be stopped. Returns what was done, in sentences, and `say`s it.

    What is on the topics is read first: whatever has a row stays. To do it again repeats
    messages and nothing else. Raises `SameGeneration`, KafkaError; then nothing was written.
    """
    states = [topic for topic in topics if topic.kind == "state"]
    unpublished = await read_live_keys(pool, kafka, states, lambda read: say(("read", read)))
    lost = await _end_history(pool, kafka, service)
    with bound_contextvars(restored="1"):
        done = [await service.after_restore(pool)] if service.after_restore else []
        written = await republish_states(
            pool, service.published(), topics, lambda written: say(("wrote", written)), unpublished
        )
        withdrawn = await write_tombstones(pool, unpublished, lambda withdrawn: say(("withdrew", withdrawn)))
    return [
        *([f"reads {lost:,} partitions from their beginning, whose topics were made anew"] if lost else []),
        *done,
        f"wrote {written.total():,} messages for the relay to send ({format_counts(written)})",
        f"withdrew {withdrawn.total():,} that have no row any more ({format_counts(withdrawn)})",
    ]


async def _end_history(pool: Pool, kafka: Kafka, service: Definition) -> int:
    """Whatever is on the topics now, the service may have applied before its database was restored. Those that were
    made anew since then are read from their beginning; returns how many partitions."""
    found: dict[TopicPartition, BrokerPartition] = {}
    async with open_reader(kafka) as reader:
        for topic in service.routes:
            found |= await _look_up(reader, kafka.topic_name(topic.name))
    async with transaction(pool) as tx:
        lost = await _find_lost(tx, service.name, found)
        for tp in lost:
            await positions.accept_offset(tx, service.name, tp, found[tp].beginning)
        await positions.set_history(
            tx,
            service.name,
            {tp: of.beginning for tp, of in found.items()},
            {tp: of.end for tp, of in found.items()},
        )
    return len(lost)


async def _look_up(reader: AIOKafkaConsumer, name: str) -> dict[TopicPartition, BrokerPartition]:
    beginnings, ends = await find_bounds(reader, [name])
    ids = await read_topic_ids(reader, list(ends))
    return {tp: BrokerPartition(ids.get(name), beginnings[tp], end) for tp, end in ends.items()}


async def _find_lost(
    tx: Tx, consumer: str, found: Mapping[TopicPartition, BrokerPartition]
) -> list[TopicPartition]:
    """The partitions that aren't those of which the consumer remembers a position."""
    stored = await positions.read_positions(tx, consumer, list(found))
    return [
        tp
        for tp, position in stored.items()
        if position.next_offset > found[tp].end or position.is_of_earlier_topic(found[tp].topic_id)
    ]


def format_counts(counted: Counter[str]) -> str:
    """How many by topic, in words."""
    return ", ".join(f"{topic} {messages:,}" for topic, messages in sorted(counted.items())) or "no topics"
