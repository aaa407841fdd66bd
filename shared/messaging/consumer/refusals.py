"""Refused records: counted by topic, partition and reason, with the offsets at which they are to be found. They hold
nothing up, and nothing of them is kept: whatever floods a topic, these rows are few."""

from collections.abc import Sequence

import asyncpg
import structlog
from aiokafka import ConsumerRecord

from shared.contracts.catalogue import Topic
from shared.postgres.pool import Tx

log = structlog.get_logger(__name__)

_NOTE = """
INSERT INTO refused AS known (topic, partition, reason, records, first_offset, last_offset)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (topic, partition, reason) DO UPDATE SET
    records = known.records + excluded.records, last_offset = greatest(known.last_offset, excluded.last_offset),
    first_offset = least(known.first_offset, excluded.first_offset), last_at = now()"""


async def note_refused(
    tx: Tx, consumer: str, refused: Sequence[tuple[Topic, "ConsumerRecord[bytes, bytes]", str]]
) -> None:
    """Count these records, each with its reason, and raise the alarm: a line for each place and reason."""
    places: dict[tuple[str, int, str], list[int]] = {}
    for topic, record, reason in refused:
        places.setdefault((topic.name, record.partition, reason), []).append(record.offset)
    for (name, partition, reason), offsets in sorted(places.items()):
        first, last = min(offsets), max(offsets)
        await tx.execute(_NOTE, name, partition, reason, len(offsets), first, last)
        log.error(
            "message.refused.alarm",
            consumer=consumer,
            topic=name,
            partition=partition,
            reason=reason,
            records=len(offsets),
            first_offset=first,
            last_offset=last,
        )


async def list_refused(tx: Tx) -> list[asyncpg.Record]:
    """Topic, partition, reason, how many records, first and last offset, since when, when last."""
    return await tx.fetch(
        "SELECT topic, partition, reason, records, first_offset, last_offset, since, last_at FROM refused"
        " ORDER BY since, topic, partition, reason"
    )


async def dismiss_refused(tx: Tx) -> int:
    """Forget what was refused so far: the alarm ends. Returns how many records it was."""
    return int(
        await tx.fetchval(
            "WITH gone AS (DELETE FROM refused RETURNING records) SELECT coalesce(sum(records), 0) FROM gone"
        )
    )


async def read_again(tx: Tx, topics: Sequence[str]) -> int:
    """Let the consumer go back to the first of what was refused on these topics (the catalogue's names); what it has
    applied since it drops as repeats. Returns in how many partitions."""
    done = await tx.execute(
        """
        WITH gone AS (DELETE FROM refused WHERE topic = ANY($1) RETURNING topic, partition, first_offset),
        first AS (SELECT topic, partition, min(first_offset) AS first_offset FROM gone GROUP BY 1, 2)
        UPDATE position p SET next = least(p.next, f.first_offset) FROM first f
        WHERE right(p.topic, length(f.topic)) = f.topic AND p.partition = f.partition""",
        topics,
    )
    return int(done.removeprefix("UPDATE "))
