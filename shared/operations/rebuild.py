"""Rebuilding: a topic is read again from its beginning, for what a service holds of it; nothing is sent."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.contracts.catalogue import Topic
from shared.messaging import batch
from shared.messaging.kafka import Kafka
from shared.messaging.message import NEWEST, Message
from shared.messaging.positions import Positions
from shared.messaging.routes import Verb
from shared.operations.topic_reader import reading, records, rewind
from shared.postgres.pool import Pool, Tx, transaction
from shared.postgres.transient import passing


@dataclass(frozen=True)
class Projection:
    """What a service holds of a state topic: `project` takes messages over into `table` by their sequence, and does
    nothing else. `key` is the table's column for the topic's key.

    A row with the highest sequence there is holds for good. `needed` is the SQL condition of rows that others
    refer to: they stay, even if the topic tells nothing of them.
    """

    topic: Topic
    table: str
    key: str
    project: Verb
    needed: str = "false"


@dataclass(frozen=True)
class Progress:
    """How many records were read, of at most how many (fewer are there where the topic was compacted); how many of
    them were passed over, because they can't be applied or belong to a parked key; and how many rows vanished,
    because the topic tells nothing of them."""

    records: int
    read: int = 0
    passed_over: int = 0
    vanished: int = 0


class Misplaced(Exception):
    """The consumer's position doesn't say which of the records that are on the topic it has read."""


async def rebuild(
    pool: Pool, kafka: Kafka, consumer: str, projection: Projection, say: Callable[[Progress], None]
) -> Progress:
    """Make a projection anew from what its consumer has read of the topic, in one transaction: whoever reads the
    table meanwhile sees the old one. Keys that are parked stay as they are.

    The consumer waits meanwhile, and goes on behind it: were the projection ahead of its position, it would take
    a change for a repeat, and tell nobody. Raises `Misplaced`, KafkaError; then nothing was changed.
    """
    async with reading(kafka) as reader, transaction(pool) as tx:
        await tx.execute("LOCK TABLE position, parked_key IN EXCLUSIVE MODE")
        ends = await _read_so_far(tx, consumer, kafka.name(projection.topic.name))
        done = Progress(records=await _rewind(reader, ends))
        parked = await _parked(tx, projection.topic)
        await _mark(tx, projection, parked)
        async for found in records(reader, ends):
            taken = await _project(tx, projection, _messages(projection.topic, found, parked))
            passed_over = done.passed_over + len(found) - taken
            done = replace(done, read=done.read + len(found), passed_over=passed_over)
            say(done)
        return replace(done, vanished=await _forget(tx, projection))


async def _read_so_far(tx: Tx, consumer: str, name: str) -> Positions:
    rows = await tx.fetch(
        "SELECT partition, next FROM position WHERE consumer = $1 AND topic = $2", consumer, name
    )
    if not rows:
        raise Misplaced(f"{consumer} has not begun to read the topic")
    return {TopicPartition(name, row["partition"]): row["next"] for row in rows}


async def _rewind(reader: AIOKafkaConsumer, ends: Positions) -> int:
    """Go to the beginning; returns how many records there can be."""
    beginnings, present = await rewind(reader, list(ends))
    for place, end in ends.items():
        if end > present[place]:
            raise Misplaced(
                f"position {end} of partition {place.partition} is behind its end {present[place]}"
            )
    return sum(max(0, end - beginnings[place]) for place, end in ends.items())


async def _parked(tx: Tx, topic: Topic) -> set[str]:
    return {row["key"] for row in await tx.fetch("SELECT key FROM parked_key WHERE topic = $1", topic.name)}


def _messages(
    topic: Topic, found: "Sequence[ConsumerRecord[bytes, bytes]]", parked: Collection[str]
) -> list[Message[Any]]:
    received = [batch.receive(topic, record) for record in found]
    return [r.message for r in received if r.message is not None and r.key.key not in parked]


async def _mark(tx: Tx, projection: Projection, parked: Collection[str]) -> None:
    """Let every row be older than any message. They are locked in order, as everywhere."""
    chosen = f"sequence < $1 AND {projection.key}::text <> ALL($2)"
    await tx.execute(
        f"SELECT count(*) FROM (SELECT FROM {projection.table} WHERE {chosen} ORDER BY {projection.key}"
        " FOR NO KEY UPDATE) AS held",
        NEWEST,
        parked,
    )
    await tx.execute(f"UPDATE {projection.table} SET sequence = -1 WHERE {chosen}", NEWEST, parked)


async def _project(tx: Tx, projection: Projection, messages: Sequence[Message[Any]]) -> int:
    """Returns how many could be taken over; what breaks the verb is found by halving, as its consumer did."""
    try:
        async with tx.transaction():
            await projection.project(tx, messages)
        return len(messages)
    except Exception as error:
        if passing(error):
            raise
    if len(messages) <= 1:
        return 0
    middle = len(messages) // 2
    halves = (messages[:middle], messages[middle:])
    return sum([await _project(tx, projection, half) for half in halves])


async def _forget(tx: Tx, projection: Projection) -> int:
    done = await tx.execute(
        f"DELETE FROM {projection.table} WHERE sequence = -1 AND NOT ({projection.needed})"
    )
    return int(done.removeprefix("DELETE "))
