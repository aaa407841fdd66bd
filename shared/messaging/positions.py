"""Where a consumer stands in each partition. PostgreSQL holds the truth; Kafka's offsets are a hint."""

from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition

from shared.postgres.pool import Tx

Positions = Mapping[TopicPartition, int]


class Superseded(Exception):
    """Another owner of a partition was here, or a commit whose answer was lost went through: read again."""


async def read(tx: Tx, consumer: str, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    """The stored position of those places that have one."""
    rows = await tx.fetch(
        "SELECT topic, partition, next FROM position WHERE consumer = $1 AND topic = ANY($2)",
        consumer,
        [p.topic for p in places],
    )
    stored = {TopicPartition(r["topic"], r["partition"]): r["next"] for r in rows}
    return {p: stored[p] for p in places if p in stored}


async def begin(tx: Tx, consumer: str, starts: Positions) -> None:
    """Store where a newcomer starts; a position that is there stays."""
    await tx.executemany(
        "INSERT INTO position (consumer, topic, partition, next) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        [(consumer, p.topic, p.partition, start) for p, start in starts.items()],
    )


async def accept(tx: Tx, consumer: str, place: TopicPartition, following: int) -> bool:
    """An operator's word that a consumer goes on at `following`; False if it has no such position."""
    done = await tx.execute(
        "UPDATE position SET next = $4 WHERE consumer = $1 AND topic = $2 AND partition = $3",
        consumer,
        place.topic,
        place.partition,
        following,
    )
    return done == "UPDATE 1"
