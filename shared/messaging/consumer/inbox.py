"""The inbox: which messages were taken already, and with them the consumer's positions, in one statement a batch.

What a relay sent twice is dropped by the message's id; what Kafka delivers twice, by the position.
"""

from collections.abc import Sequence
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
       EXISTS (SELECT FROM parked_key) AS parked"""


class NewMessages(NamedTuple):
    """The ids that are new, and whether any key is parked."""

    new: set[UUID]
    parked: bool


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
    return NewMessages(set(row["new"]), row["parked"])
