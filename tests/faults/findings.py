"""What is found after a row: the service's tables and its topic."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.messaging.kafka import Kafka
from shared.messaging.message import Unreadable, parse_message
from shared.messaging.relay.segment_roll import is_roll
from shared.postgres.pool import Pool
from shared.testing.kafka import read_records
from tests.faults.service.entries import ACCOUNT, GENERATION, SCHEMA

# What the cursor's snapshots don't see, and of an open window what is behind its last id.
UNSENT = """
SELECT count(*) FROM outbox o, relay r
WHERE NOT pg_visible_in_snapshot(o.xid, r.seen)
  AND NOT coalesce(pg_visible_in_snapshot(o.xid, r.upto) AND o.id <= r.last_id, false)"""

EFFECTS = """
SELECT e.account, e.version, e.value, e.message_id, e.newer, o.message_id IS NOT NULL AS again
FROM effect e LEFT JOIN outbox o ON o.message_id = e.message_id AND o.type = 'AccountRepublished'
ORDER BY e.id"""

OVERDUE = "SELECT count(*) FROM in_doubt WHERE due < now() - interval '5 s'"


# A header of records that a row wrote itself, though with ids of the service's own.
FORGED = "forged"


class Version(NamedTuple):
    """One version of an account, and the operation that made it (None where it is gone)."""

    account: str
    version: int
    value: str | None


@dataclass(frozen=True)
class Findings:
    """`records` are in the order of the topic, `effects` in the order in which they took effect, both
    without what the row forged. `known` has the version by which the consumer knows each account.

    `stuck` has a sentence for each thing that stands still though it shouldn't. Of a `compacted` topic only the last
    version of each account is expected.
    """

    entries: Sequence[Version] = ()
    accounts: dict[str, int] = field(default_factory=dict)
    records: Sequence[Version] = ()
    effects: Sequence[Version] = ()
    known: dict[str, int] = field(default_factory=dict)
    parked: frozenset[str] = frozenset()
    stuck: Sequence[str] = ()
    compacted: bool = False


async def collect_findings(
    pool: Pool,
    kafka: Kafka,
    stuck: Sequence[str] = (),
    *,
    forged: Collection[UUID] = (),
    undone: Collection[str] = (),
    compacted: bool = False,
) -> Findings:
    """Read everything. `forged` are the ids of messages that the row wrote itself; of the values that are `undone`
    only those are found that something newer of their account has not taken the place of."""
    known = await pool.fetch(f"SELECT account, sequence % {GENERATION} AS version FROM known")
    accounts = await pool.fetch("SELECT account, version FROM bank_account")
    sent = await _read_own_records(kafka, forged)
    return Findings(
        entries=[Version(*r) for r in await pool.fetch("SELECT account, version, value FROM entry")],
        accounts={row["account"]: row["version"] for row in accounts},
        records=[sent[index] for index in _remaining_indexes(sent, undone)],
        effects=await _read_effects(pool, forged, undone),
        known={row["account"]: row["version"] for row in known},
        parked=frozenset(r["key"] for r in await pool.fetch("SELECT key FROM parked_key")),
        stuck=stuck,
        compacted=compacted,
    )


async def _read_effects(pool: Pool, forged: Collection[UUID], undone: Collection[str]) -> list[Version]:
    """In their order. What is published again is no second effect, but may be the first."""
    rows = [
        (Version(*row[:3]), row["again"])
        for row in await pool.fetch(EFFECTS)
        if row["message_id"] not in forged and (row["newer"] or not row["again"])
    ]
    first = {version for version, again in rows if not again}
    remaining = (rows[index] for index in _remaining_indexes([version for version, _ in rows], undone))
    return [version for version, again in remaining if not again or version not in first]


def _remaining_indexes(versions: Sequence[Version], undone: Collection[str]) -> list[int]:
    """The indexes of all but what was undone and has something behind it that wasn't."""
    last = {version.account: index for index, version in enumerate(versions) if version.value not in undone}
    return [
        index
        for index, version in enumerate(versions)
        if version.value not in undone or index > last.get(version.account, -1)
    ]


async def _read_own_records(kafka: Kafka, forged: Collection[UUID]) -> list[Version]:
    """The service's own records on the topic, without those that nobody can read."""
    found = []
    for record in await read_records(kafka, ACCOUNT.name):
        if is_roll(record):
            continue
        try:
            message = parse_message(ACCOUNT, record)
        except Unreadable:
            continue
        if message.id in forged or FORGED in dict(record.headers):
            continue
        value = None if message.data is None else message.data.value
        found.append(Version(message.key, message.sequence % GENERATION, value))
    return found


async def find_unfinished(pool: Pool, kafka: Kafka) -> list[str]:
    """What is unfinished; nothing when all is quiet."""
    unfinished = []
    if unsent := await pool.fetchval(UNSENT):
        unfinished.append(f"{unsent} unsent rows in the outbox")
    if overdue := await pool.fetchval(OVERDUE):
        unfinished.append(f"{overdue} in-doubt pages not sent again when they were due")
    behind = await _find_lag(pool, kafka)
    return [*unfinished, *(f"partition {p} at {at} of {end}" for p, (at, end) in behind.items())]


async def _find_lag(pool: Pool, kafka: Kafka) -> dict[int, tuple[int, int]]:
    rows = await pool.fetch(
        "SELECT partition, next FROM position WHERE consumer = $1 AND topic = $2",
        SCHEMA,
        kafka.topic_name(ACCOUNT.name),
    )
    positions = {row["partition"]: row["next"] for row in rows}
    ends = await end_offsets(kafka)
    return {p: (positions.get(p, 0), end) for p, end in ends.items() if positions.get(p, 0) != end}


async def end_offsets(kafka: Kafka) -> dict[int, int]:
    """Where each partition of the topic ends. Raises KafkaError."""
    consumer = AIOKafkaConsumer(**kafka.client_options, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partitions = [TopicPartition(kafka.topic_name(ACCOUNT.name), n) for n in range(ACCOUNT.partitions)]
        return {
            partition.partition: end for partition, end in (await consumer.end_offsets(partitions)).items()
        }
    finally:
        await consumer.stop()
