"""The segment roll: a record for each partition of a personal topic, twice a day, so that Kafka closes its segments.

Kafka cleans only closed segments, and closes one only when a record comes: on a partition where nothing happens any
more, an erased person would stay on disk for good. The record is a tombstone of a key that nothing has.
"""

import time

from aiokafka import ConsumerRecord
from uuid_utils.compat import uuid7

from shared.contracts.catalogue import ROLL
from shared.messaging.kafka import partition_of
from shared.messaging.message import Headers
from shared.messaging.relay.producer import OutgoingRecord
from shared.postgres.pool import Connection

HOURS = 12
KEY = ROLL.encode()


async def is_due(session: Connection) -> bool:
    """Whether the last one is half a day ago."""
    return bool(
        await session.fetchval("SELECT at < now() - make_interval(hours => $1) FROM segment_roll", HOURS)
    )


async def mark_done(session: Connection) -> None:
    """Note that it is acknowledged."""
    await session.execute("UPDATE segment_roll SET at = now()")


async def postpone_roll(session: Connection) -> None:
    """Try again in ten minutes: a roll holds up no message."""
    await session.execute(
        "UPDATE segment_roll SET at = now() - make_interval(hours => $1) + interval '10 minutes'", HOURS
    )


def build_records(topic: str, partitions: int) -> list[OutgoingRecord]:
    """One record for each partition of a topic, as named on the broker: its key is one that belongs there."""
    keys: dict[int, bytes] = {}
    number = 0
    while len(keys) < partitions:
        key = KEY + b".%d" % number
        keys.setdefault(partition_of(key, partitions), key)
        number += 1
    return [
        OutgoingRecord(topic, key, None, _roll_headers(), int(time.time() * 1000)) for key in keys.values()
    ]


def _roll_headers() -> Headers:
    """What every reader of CloudEvents asks for."""
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(uuid7()).encode()),
        ("ce_type", KEY),
        ("ce_source", b"/alumnibus"),
        ("ce_sequence", b"%020d" % 0),
    ]


def is_roll(record: "ConsumerRecord[bytes, bytes]") -> bool:
    """Whether this record is no message."""
    return record.value is None and (record.key or b"").startswith(KEY)
