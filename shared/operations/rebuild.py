"""Rebuilding: a topic is read again from its beginning, for what a service holds of it; nothing is sent."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from shared.contracts.catalogue import Topic
from shared.messaging.claims import LAST_GENERATION
from shared.messaging.consumer import batch
from shared.messaging.consumer.generations import read_generations
from shared.messaging.consumer.positions import Positions
from shared.messaging.kafka import Kafka
from shared.messaging.message import MAX_SEQUENCE, Message
from shared.messaging.outbox import GENERATION
from shared.messaging.projection import Projection
from shared.operations.topic_reader import open_reader, read_until, seek_to_beginning
from shared.postgres.pool import Pool, Tx, transaction
from shared.postgres.transient import is_transient


@dataclass(frozen=True)
class RebuildProgress:
    """How many records were read, of at most how many (fewer are there where the topic was compacted); how many of
    them were passed over, because they can't be applied or belong to a parked key; and how many rows vanished,
    because the topic holds nothing of them."""

    records: int
    read: int = 0
    passed_over: int = 0
    vanished: int = 0


class PositionMismatch(Exception):
    """The consumer's position doesn't say which of the records that are on the topic it has read."""


async def rebuild_projection(
    pool: Pool, kafka: Kafka, consumer: str, projection: Projection, say: Callable[[RebuildProgress], None]
) -> RebuildProgress:
    """Make a projection again from what its consumer has read of the topic, in one transaction: whoever reads the
    table meanwhile sees the old one. Keys that are parked stay as they are.

    The consumer waits meanwhile, and goes on behind it: were the projection ahead of its position, it would take
    a change for a repeat, and notify nobody. Raises `PositionMismatch`, KafkaError; then nothing was changed.
    """
    async with open_reader(kafka) as reader, transaction(pool) as tx:
        await tx.execute("LOCK TABLE position, parked_key IN EXCLUSIVE MODE")
        ends = await _read_so_far(tx, consumer, kafka.topic_name(projection.topic.name))
        done = RebuildProgress(records=await _seek_to_beginning(reader, ends))
        heard = (await read_generations(tx)).get(projection.topic.owner, LAST_GENERATION)
        parked = await _read_parked_keys(tx, projection.topic)
        await _mark_outdated(tx, projection, parked)
        async for found in read_until(reader, ends):
            taken = await _project_messages(
                tx, projection, _parse_messages(projection.topic, found, parked, heard)
            )
            passed_over = done.passed_over + len(found) - taken
            done = replace(done, read=done.read + len(found), passed_over=passed_over)
            say(done)
        return replace(done, vanished=await _delete_untouched(tx, projection))


async def _read_so_far(tx: Tx, consumer: str, name: str) -> Positions:
    rows = await tx.fetch(
        "SELECT partition, next FROM position WHERE consumer = $1 AND topic = $2", consumer, name
    )
    if not rows:
        raise PositionMismatch(f"{consumer} has not begun to read the topic")
    return {TopicPartition(name, row["partition"]): row["next"] for row in rows}


async def _seek_to_beginning(reader: AIOKafkaConsumer, ends: Positions) -> int:
    """Go to the beginning; returns how many records there can be."""
    beginnings, present = await seek_to_beginning(reader, list(ends))
    for tp, end in ends.items():
        if end > present[tp]:
            raise PositionMismatch(
                f"position {end} of partition {tp.partition} is behind its end {present[tp]}"
            )
    return sum(max(0, end - beginnings[tp]) for tp, end in ends.items())


async def _read_parked_keys(tx: Tx, topic: Topic) -> set[str]:
    return {row["key"] for row in await tx.fetch("SELECT key FROM parked_key WHERE topic = $1", topic.name)}


def _parse_messages(
    topic: Topic, found: "Sequence[ConsumerRecord[bytes, bytes]]", parked: Collection[str], heard: int
) -> list[Message[Any]]:
    """What the consumer would have applied: up to the generation that it has `heard`, whatever it refused."""
    received = [batch.parse_record(topic, record) for record in found]
    messages = [r.message for r in received if r.message is not None and r.key.key not in parked]
    return [message for message in messages if message.sequence // GENERATION <= heard]


async def _mark_outdated(tx: Tx, projection: Projection, parked: Collection[str]) -> None:
    """Let every row be older than any message. They are locked in order, as everywhere."""
    chosen = f"sequence < $1 AND {projection.key}::text <> ALL($2)"
    await tx.execute(
        f"SELECT count(*) FROM (SELECT FROM {projection.table} WHERE {chosen} ORDER BY {projection.key}"
        " FOR NO KEY UPDATE) AS held",
        MAX_SEQUENCE,
        parked,
    )
    await tx.execute(f"UPDATE {projection.table} SET sequence = -1 WHERE {chosen}", MAX_SEQUENCE, parked)


async def _project_messages(tx: Tx, projection: Projection, messages: Sequence[Message[Any]]) -> int:
    """Returns how many could be taken over; what breaks the handler is found by halving, as its consumer did."""
    try:
        async with tx.transaction():
            await projection.project(tx, messages)
        return len(messages)
    except Exception as error:
        if is_transient(error):
            raise
    if len(messages) <= 1:
        return 0
    middle = len(messages) // 2
    halves = (messages[:middle], messages[middle:])
    return sum([await _project_messages(tx, projection, half) for half in halves])


async def _delete_untouched(tx: Tx, projection: Projection) -> int:
    done = await tx.execute(
        f"DELETE FROM {projection.table} WHERE sequence = -1 AND NOT ({projection.needed})"
    )
    return int(done.removeprefix("DELETE "))
