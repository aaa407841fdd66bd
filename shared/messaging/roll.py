"""The roll: a record for each partition of a personal topic, twice a day.

Kafka cleans only closed segments, and closes one only when a record comes: on a partition where nothing happens any
more, an erased person would stay on disk for good. A roll is a tombstone of a key that nothing has.
"""

import time

from aiokafka import ConsumerRecord

from shared.messaging.kafka import partition_of
from shared.messaging.sender import Record
from shared.postgres.pool import Connection

HOURS = 12
KEY = b"_roll"


async def due(session: Connection) -> bool:
    """Whether the last one is half a day ago."""
    return bool(await session.fetchval("SELECT at < now() - make_interval(hours => $1) FROM roll", HOURS))


async def done(session: Connection) -> None:
    """Note that it is acknowledged."""
    await session.execute("UPDATE roll SET at = now()")


def records(topic: str, partitions: int) -> list[Record]:
    """One record for each partition of a topic, as named on the broker: its key is one that belongs there."""
    keys: dict[int, bytes] = {}
    number = 0
    while len(keys) < partitions:
        key = KEY + b".%d" % number
        keys.setdefault(partition_of(key, partitions), key)
        number += 1
    return [Record(topic, key, None, [], int(time.time() * 1000)) for key in keys.values()]


def is_roll(record: "ConsumerRecord[bytes, bytes]") -> bool:
    """Whether this record tells nothing."""
    return record.value is None and (record.key or b"").startswith(KEY)
