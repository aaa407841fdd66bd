"""The outbox: messages that go out if, and only if, the transaction that wrote them commits."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from structlog.contextvars import get_contextvars
from uuid_utils.compat import uuid7

from shared.contracts.catalogue import Topic
from shared.contracts.model import Contract
from shared.messaging.message_ids import anonymous_id
from shared.postgres.pool import Tx
from shared.traces.spans import HEADER

# Set when this process has written messages: a relay that runs in it needn't wait for its next look.
rows_written = asyncio.Event()

# What a generation adds to a version: the sequence.
GENERATION = 10**15
# The version of what is gone for good: nothing of its key comes later.
LAST_VERSION = GENERATION - 1

_COLUMNS = "message_id, topic, key, type, sequence, headers, payload"
_INSERT_ONE = f"""
INSERT INTO outbox ({_COLUMNS})
SELECT $1, $2, $3, $4, g.number * {GENERATION} + $5::bigint, $6, $7 FROM generation g"""
_INSERT_ALL = f"""
INSERT INTO outbox ({_COLUMNS})
SELECT m.message_id, m.topic, m.key, m.type, g.number * {GENERATION} + m.version, m.headers, m.payload
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])
     WITH ORDINALITY AS m(message_id, topic, key, type, version, headers, payload, ordinal)
CROSS JOIN generation g
ORDER BY m.ordinal"""

_IS_UNSENT = """
relay CROSS JOIN LATERAL (
    SELECT id, xid FROM outbox WHERE xid >= pg_snapshot_xmax(relay.seen)
    UNION ALL
    SELECT id, xid FROM outbox WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(relay.seen)))) AS o
WHERE (relay.upto IS NULL OR o.id > relay.last_id OR NOT pg_visible_in_snapshot(o.xid, relay.upto))"""
_OLDEST_UNSENT = f"""
SELECT extract(epoch FROM clock_timestamp() - at) FROM outbox WHERE id = (SELECT min(o.id) FROM {_IS_UNSENT})"""
_COUNT_UNSENT = f"SELECT count(*) FROM (SELECT FROM {_IS_UNSENT} LIMIT $1) AS unsent"


class Outgoing(NamedTuple):
    """What goes out: `version` is the aggregate's, after the change; `data` None is a tombstone."""

    topic: Topic
    key: str
    type: str
    version: int
    data: Contract | None


async def put_one(tx: Tx, topic: Topic, key: str, type: str, version: int, data: Contract | None) -> None:
    """Write one message. The aggregate's row must be locked in `tx` already: that is what keeps the order."""
    await put_all(tx, [Outgoing(topic, key, type, version, data)])


async def put_all(tx: Tx, messages: Sequence[Outgoing]) -> None:
    """Write messages in this order, in one statement. Raises ValueError for a type the topic doesn't have and for a
    version that none has, asyncpg.CheckViolationError for a message of over 900,000 bytes."""
    for m in messages:
        _check_message(m)
    headers = {internal: json.dumps(_context_headers(internal=internal)) for internal in (True, False)}
    rows = [_outbox_row(message, headers[message.topic.audience == "internal"]) for message in messages]
    if len(rows) == 1:
        await tx.execute(_INSERT_ONE, *rows[0])
    elif rows:
        await tx.execute(_INSERT_ALL, *map(list, zip(*rows, strict=True)))
    rows_written.set()


def _check_message(m: Outgoing) -> None:
    if m.type not in m.topic.types:
        raise ValueError(f"{m.topic.name} has no type {m.type}")
    # 0 is a restore's tombstone: older than all that comes of the key in its generation.
    if not (0 if m.data is None else 1) <= m.version < GENERATION:
        raise ValueError(f"{m.topic.name} has no version {m.version}")


def _outbox_row(m: Outgoing, headers: str) -> tuple[UUID, str, str, str, int, str, str | None]:
    data = None if m.data is None else m.data.model_dump_json()
    message_id = anonymous_id(datetime.now(UTC).date()) if m.topic.anonymous else uuid7()
    return message_id, m.topic.name, m.key, m.type, m.version, headers, data


def _context_headers(*, internal: bool) -> dict[str, str]:
    """Which request this goes back to, and whether a restore. Only internal topics carry the first: whoever reads two
    topics for different audiences could join by it the ids that one person has on each."""
    bound = get_contextvars()
    names = {"restored": "ce_restored"}
    if internal:
        names |= {
            "correlation_id": "ce_correlationid",
            "causation_id": "ce_causationid",
            HEADER: HEADER,
        }
    return {header: str(bound[name]) for name, header in names.items() if bound.get(name)}


async def unsent_seconds(tx: Tx) -> float:
    """How old the oldest message is that no relay has noted as sent; 0 if there is none."""
    await tx.execute("SET LOCAL enable_seqscan = off")
    age = await tx.fetchval(_OLDEST_UNSENT)
    return 0.0 if age is None else max(0.0, float(age))


async def count_unsent(tx: Tx, most: int) -> int:
    """How many messages no relay has noted as sent, counted up to `most`."""
    await tx.execute("SET LOCAL enable_seqscan = off")
    return int(await tx.fetchval(_COUNT_UNSENT, most))


async def erase_messages(tx: Tx, ids: Sequence[str]) -> None:
    """Take out every message that names one of these ids in its key or data, sent or not.

    Erasure is the one reason to delete here; it is rare, so it may look through the days that are kept.
    """
    await tx.execute(
        "DELETE FROM outbox o USING unnest($1::text[]) AS gone(id)"
        " WHERE o.key = gone.id OR strpos(o.payload, gone.id) > 0",
        ids,
    )
