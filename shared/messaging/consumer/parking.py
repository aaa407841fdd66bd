"""Parked keys, a dead letter per key: a message that can't be applied waits with all later ones of its key.

The `parked_key` row is the lock: whoever queues or applies holds it FOR SHARE, a replay FOR UPDATE.
"""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import asyncpg
from aiokafka import ConsumerRecord

from shared.messaging.claims import RefusedRecord
from shared.messaging.message import Unreadable
from shared.postgres.pool import Tx

LONGEST_KEY = 200


class ParkedKey(NamedTuple):
    """A key of a topic as an operator can type it: plain text as it is, other bytes as `0x` and their hex, more
    than 200 of them as their digest. (PostgreSQL's text holds no NUL, and its indexes nothing long.)"""

    topic: str
    key: str


class Failure(NamedTuple):
    """Why: `fingerprint` groups the same causes, `reason` is for an operator. Neither holds a value of a record."""

    fingerprint: str
    reason: str


def key_of(topic: str, record: "ConsumerRecord[bytes, bytes]") -> ParkedKey:
    """The key under which a record is parked."""
    return ParkedKey(topic, _printable_key(record.key or b""))


def _printable_key(raw: bytes) -> str:
    if len(raw) > LONGEST_KEY:
        return "sha256:" + hashlib.sha256(raw).hexdigest()
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = "\0"
    return text if text.isprintable() else "0x" + raw.hex()


def describe_failure(error: BaseException) -> Failure:
    """What to say of an error. Messages of PostgreSQL and of Python may quote values, so only kinds are kept."""
    where = _raised_in(error)
    constraint = getattr(error, "constraint_name", None)
    nameless = isinstance(error, (Unreadable, RefusedRecord))
    said = str(error) if nameless else constraint or getattr(error, "code", "")
    reason = f"{type(error).__name__} {said} {where}".replace("  ", " ").strip()
    return Failure(hashlib.sha256(reason.encode()).hexdigest()[:12], reason)


def _raised_in(error: BaseException) -> str:
    trace, location = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if "/services/" in code.co_filename:
            location = f"in {code.co_filename.rpartition('/services/')[2]}:{code.co_name}"
        trace = trace.tb_next
    return location


async def lock_parked_keys(tx: Tx, keys: Iterable[ParkedKey]) -> set[ParkedKey]:
    """Those of the keys that are parked, locked against a replay until the transaction ends."""
    wanted = sorted(set(keys))
    rows = await tx.fetch(
        """
        SELECT k.topic, k.key FROM parked_key k JOIN unnest($1::text[], $2::text[]) AS w(topic, key) USING (topic, key)
        ORDER BY k.topic, k.key FOR SHARE OF k""",
        [k.topic for k in wanted],
        [k.key for k in wanted],
    )
    return {ParkedKey(row["topic"], row["key"]) for row in rows}


async def count_parked_keys(tx: Tx) -> int:
    """How many keys are parked."""
    return int(await tx.fetchval("SELECT count(*) FROM parked_key"))


async def park_key(tx: Tx, key: ParkedKey, why: Failure) -> None:
    """Park a key; one that is parked stays as it is."""
    await tx.execute(
        "INSERT INTO parked_key (topic, key, fingerprint, reason) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        *key,
        *why,
    )


async def queue_record(tx: Tx, key: ParkedKey, record: "ConsumerRecord[bytes, bytes]") -> None:
    """Put a record behind those that wait under its parked key. A tombstone replaces them."""
    if record.value is None:
        await tx.execute("DELETE FROM parked WHERE topic = $1 AND key = $2", *key)
    await tx.execute(
        "INSERT INTO parked (topic, key, partition, record_offset, record_key, timestamp_ms, headers, payload)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        *key,
        record.partition,
        record.offset,
        record.key,
        record.timestamp,
        [[name.encode().hex(), None if value is None else value.hex()] for name, value in record.headers],
        record.value,
    )


async def note_failure(tx: Tx, key: ParkedKey, why: Failure) -> None:
    """Say why a key that is parked already waits now."""
    await tx.execute(
        "UPDATE parked_key SET fingerprint = $3, reason = $4 WHERE topic = $1 AND key = $2", *key, *why
    )


async def release_key(tx: Tx, key: ParkedKey) -> None:
    """Forget a key and all that waits under it."""
    await tx.execute("DELETE FROM parked_key WHERE topic = $1 AND key = $2", *key)


async def list_causes(tx: Tx) -> list[asyncpg.Record]:
    """Parked keys by cause: fingerprint, reason, keys, messages, since."""
    return await tx.fetch(
        """
        SELECT k.fingerprint, k.reason, k.topic, count(DISTINCT k.key) AS keys, count(p.id) AS messages,
               min(k.since) AS since
        FROM parked_key k LEFT JOIN parked p USING (topic, key)
        GROUP BY 1, 2, 3 ORDER BY since"""
    )


async def list_keys(tx: Tx, fingerprint: str, limit: int | None = None) -> list[asyncpg.Record]:
    """The keys of one cause, all or the first `limit`: topic, key, since, messages, partition and offset of the
    first."""
    return await tx.fetch(
        """
        SELECT k.topic, k.key, k.since, k.reason, count(p.id) AS messages,
               min(p.partition) AS partition, min(p.record_offset) AS first_offset
        FROM parked_key k LEFT JOIN parked p USING (topic, key)
        WHERE k.fingerprint = $1 GROUP BY 1, 2, 3, 4 ORDER BY k.since, k.key LIMIT $2""",
        fingerprint,
        limit,
    )


async def count_cause(tx: Tx, fingerprint: str) -> tuple[int, int]:
    """How many keys are parked for one cause, and how many messages wait under them."""
    row = await tx.fetchrow(
        "SELECT count(DISTINCT (topic, key)) AS keys, count(p.id) AS messages"
        " FROM parked_key k LEFT JOIN parked p USING (topic, key) WHERE k.fingerprint = $1",
        fingerprint,
    )
    assert row is not None
    return row["keys"], row["messages"]


async def find_page(tx: Tx, fingerprint: str, after: ParkedKey, size: int) -> list[ParkedKey]:
    """The next keys of one cause behind a key, in order."""
    rows = await tx.fetch(
        "SELECT topic, key FROM parked_key WHERE fingerprint = $1 AND (topic, key) > ($2, $3)"
        " ORDER BY topic, key LIMIT $4",
        fingerprint,
        *after,
        size,
    )
    return [ParkedKey(row["topic"], row["key"]) for row in rows]


async def drop_key(tx: Tx, key: ParkedKey, reason: str, cause: str | None = None) -> int:
    """Give up what waits under a key, for a reason that is kept; returns how many messages. With a `cause`: unless it
    waits for another one by now."""
    row = await tx.fetchrow(
        "SELECT fingerprint FROM parked_key WHERE topic = $1 AND key = $2 FOR UPDATE", *key
    )
    if row is None or cause not in (None, row["fingerprint"]):
        return 0
    dropped = int(await tx.fetchval("SELECT count(*) FROM parked WHERE topic = $1 AND key = $2", *key))
    await release_key(tx, key)
    await tx.execute(
        "INSERT INTO parked_dropped (topic, messages, fingerprint, reason) VALUES ($1, $2, $3, $4)",
        key.topic,
        dropped,
        row["fingerprint"],
        reason,
    )
    return dropped


async def erase_messages(tx: Tx, ids: Sequence[str]) -> None:
    """Take out every parked message that names one of these ids in its key or payload; a key under which nothing
    waits any more is free."""
    touched = await tx.fetch(
        "DELETE FROM parked p USING unnest($1::text[]) AS gone(id)"
        " WHERE p.record_key = convert_to(gone.id, 'UTF8') OR position(convert_to(gone.id, 'UTF8') IN p.payload) > 0"
        " RETURNING p.topic, p.key",
        ids,
    )
    await tx.execute(
        "DELETE FROM parked_key k USING unnest($1::text[], $2::text[]) AS t(topic, key)"
        " WHERE k.topic = t.topic AND k.key = t.key"
        " AND NOT EXISTS (SELECT FROM parked p WHERE p.topic = k.topic AND p.key = k.key)",
        [row["topic"] for row in touched],
        [row["key"] for row in touched],
    )


async def lock_key(tx: Tx, key: ParkedKey) -> bool:
    """Lock the key, so that nothing is queued, for `shared/operations/replay.py`. False if it isn't parked."""
    return bool(
        await tx.fetchval("SELECT true FROM parked_key WHERE topic = $1 AND key = $2 FOR UPDATE", *key)
    )


async def read_records(tx: Tx, key: ParkedKey, size: int) -> Sequence["ConsumerRecord[bytes, bytes]"]:
    """The first records that wait under a key, in order, at most so many."""
    rows = await tx.fetch(
        "SELECT * FROM parked WHERE topic = $1 AND key = $2 ORDER BY topic, key, id LIMIT $3", *key, size
    )
    return [_restore_record(row) for row in rows]


async def remove_records(tx: Tx, key: ParkedKey, count: int) -> None:
    """Take out the first records that wait under a key, so many."""
    await tx.execute(
        "DELETE FROM parked WHERE topic = $1 AND key = $2 AND id IN (SELECT id FROM parked"
        " WHERE topic = $1 AND key = $2 ORDER BY topic, key, id LIMIT $3)",
        *key,
        count,
    )


def _restore_record(row: asyncpg.Record) -> "ConsumerRecord[bytes, bytes]":
    return ConsumerRecord(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["record_offset"],
        timestamp=row["timestamp_ms"],
        timestamp_type=0,
        key=row["record_key"],
        value=row["payload"],
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        headers=tuple(
            (bytes.fromhex(name).decode(), None if value is None else bytes.fromhex(value))
            for name, value in row["headers"]
        ),
    )
