"""A consumer's position in each partition. PostgreSQL holds the truth; Kafka's offsets are a hint."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg
from aiokafka import TopicPartition

from shared.postgres.pool import Tx

Positions = Mapping[TopicPartition, int]


class Superseded(Exception):
    """Another owner of a partition was here, or a commit whose answer was lost went through: read again."""


class Position(NamedTuple):
    """The offset at which a consumer goes on, the id of the topic that it has read (None if it isn't known), and the
    offset in front of which it may have applied everything before its database was restored."""

    next_offset: int
    topic_id: UUID | None
    history_end: int

    def is_of_earlier_topic(self, topic_id: UUID | None) -> bool:
        """Whether the topic of this name that was read has another id; not, where either isn't known."""
        return bool(self.topic_id and topic_id and self.topic_id != topic_id)


async def read_positions(
    tx: Tx, consumer: str, topic_partitions: Sequence[TopicPartition]
) -> dict[TopicPartition, Position]:
    """The stored position of those partitions that have one."""
    rows = await tx.fetch(
        "SELECT topic, partition, next, topic_id, history_end FROM position WHERE consumer = $1 AND topic = ANY($2)",
        consumer,
        [p.topic for p in topic_partitions],
    )
    stored = {
        TopicPartition(r["topic"], r["partition"]): Position(r["next"], r["topic_id"], r["history_end"])
        for r in rows
    }
    return {p: stored[p] for p in topic_partitions if p in stored}


async def list_positions(tx: Tx) -> list[asyncpg.Record]:
    """All that are stored: topic, partition, next offset."""
    return await tx.fetch("SELECT topic, partition, next FROM position ORDER BY topic, partition")


async def insert_missing(tx: Tx, consumer: str, starts: Positions) -> None:
    """Store where a newcomer starts; a position that is there stays."""
    await tx.executemany(
        "INSERT INTO position (consumer, topic, partition, next) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        [(consumer, p.topic, p.partition, start) for p, start in starts.items()],
    )


async def store_topic_ids(tx: Tx, consumer: str, topic_ids: Mapping[TopicPartition, UUID | None]) -> None:
    """Store of which topic these positions are, where that isn't known yet."""
    await tx.executemany(
        "UPDATE position SET topic_id = $4"
        " WHERE consumer = $1 AND topic = $2 AND partition = $3 AND topic_id IS NULL",
        [(consumer, p.topic, p.partition, topic_id) for p, topic_id in topic_ids.items() if topic_id],
    )


async def set_history(tx: Tx, consumer: str, beginnings: Positions, ends: Positions) -> None:
    """Store where history ends, after a restore: in front of these offsets. A partition that was never read is read
    from its beginning; elsewhere nothing is history."""
    await tx.execute("UPDATE position SET history_end = 0 WHERE consumer = $1", consumer)
    await tx.executemany(
        "INSERT INTO position (consumer, topic, partition, next, history_end) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (consumer, topic, partition) DO UPDATE SET history_end = excluded.history_end",
        [(consumer, p.topic, p.partition, beginnings[p], end) for p, end in ends.items()],
    )


async def accept_offset(tx: Tx, consumer: str, tp: TopicPartition, following: int) -> bool:
    """An operator's word that a consumer goes on at `following`, of whatever topic has this name when it next
    takes the partition over; False if it has no such position."""
    return await _set_offset(tx, consumer, tp.topic, following, [tp.partition]) == 1


async def accept_offset_everywhere(tx: Tx, consumer: str, topic: str | None, following: int) -> int:
    """The same word for each partition of which the consumer has a position, in this topic or (None) in all; returns
    for how many."""
    return await _set_offset(tx, consumer, topic, following, None)


async def _set_offset(
    tx: Tx, consumer: str, topic: str | None, following: int, partitions: Sequence[int] | None
) -> int:
    done = await tx.execute(
        "UPDATE position SET next = $3, topic_id = NULL, history_end = 0"
        " WHERE consumer = $1 AND ($2::text IS NULL OR topic = $2) AND ($4::int[] IS NULL OR partition = ANY($4))",
        consumer,
        topic,
        following,
        partitions,
    )
    return int(done.removeprefix("UPDATE "))
