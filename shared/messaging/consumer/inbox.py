"""The inbox: which messages were taken already, and with them the consumer's positions, in one statement a batch.

What a relay sent twice is dropped by the message's id; what Kafka delivers twice, by the position.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from shared.messaging.consumer.positions import Positions, Superseded
from shared.postgres.pool import Tx

# The expected position is never compared with a record's offset: compaction leaves gaps.
_ADMIT = """
WITH moved AS (
    UPDATE position p SET next = m.following
    FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[]) AS m(topic, partition, expected, following)
    WHERE p.consumer = $1 AND p.topic = m.topic AND p.partition = m.partition AND p.next = m.expected
    RETURNING 1),
inserted AS (
    INSERT INTO inbox (message_id) SELECT unnest($6::uuid[]) ON CONFLICT DO NOTHING RETURNING message_id)
SELECT (SELECT count(*) FROM moved) AS moved, ARRAY(SELECT message_id FROM inserted) AS new,
       EXISTS (SELECT FROM parked_key) AS parked,
       (SELECT coalesce(jsonb_object_agg(owner, number), '{}') FROM heard_generation) AS generations"""


class NewMessages(NamedTuple):
    """The ids that are new, whether any key is parked, and the newest generation that was heard, by owner."""

    new: set[UUID]
    parked: bool
    generations: Mapping[str, int]


async def admit_messages(
    tx: Tx, consumer: str, expected: Positions, following: Positions, ids: Sequence[UUID]
) -> NewMessages:
    """Move each partition from the expected position to the following one, and insert these ids.

    Raises `Superseded` if one of the positions isn't the expected one; the transaction is then to be given up.
    """
    topic_partitions = sorted(following)
    row = await tx.fetchrow(
        _ADMIT,
        consumer,
        [p.topic for p in topic_partitions],
        [p.partition for p in topic_partitions],
        [expected[p] for p in topic_partitions],
        [following[p] for p in topic_partitions],
        sorted(set(ids)),
    )
    assert row is not None
    if row["moved"] != len(topic_partitions):
        raise Superseded
    return NewMessages(set(row["new"]), row["parked"], row["generations"])


async def forget_messages(tx: Tx, ids: Collection[UUID]) -> None:
    """Take these ids out again: a refused record's is what it claims, and may be a right message's."""
    await tx.execute("DELETE FROM inbox WHERE message_id = ANY($1)", sorted(ids))
