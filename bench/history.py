"""Rows that are there already: a history of what was sent and taken, and a backlog made by the server itself."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from bench import work
from shared.messaging import day_partitions
from shared.postgres.pool import Connection

DAYS = 7
STATEMENT_SECONDS = 1200
NOBODY = UUID(int=0)

_TABLE = {work.OWNER: "outbox", work.READER: "inbox"}
_AGE = {
    work.OWNER: """
        INSERT INTO outbox (xid, message_id, topic, key, type, sequence, headers, payload, at)
        SELECT '3', gen_random_uuid(), 'bench.card.v1', n::text, 'MemberChanged', n, '{}', repeat('x', 300),
               $1::timestamptz + n * interval '86399 s' / $2::int
        FROM generate_series(1, $2::int) n""",
    work.READER: """
        INSERT INTO inbox (message_id)
        SELECT (lpad(to_hex((1000 * extract(epoch FROM $1::timestamptz))::bigint + n * 86399000 / $2::int), 12, '0')
                || '7' || substr(md5(n::text), 1, 19))::uuid
        FROM generate_series(1::bigint, $2::int) n""",
}

_STOCK = """
WITH made AS (
    SELECT md5($8 || ' ' || m.n)::uuid AS member, v.n AS version
    FROM generate_series(1, $2::int) AS v(n), generate_series(1, $1::int) AS m(n)),
owned AS (
    INSERT INTO card (member, version, name) SELECT member, max(version), $3 FROM made GROUP BY member)
INSERT INTO outbox (message_id, topic, key, type, sequence, headers, payload)
SELECT (lpad(to_hex((1000 * extract(epoch FROM now()))::bigint), 12, '0')
        || '7' || substr(md5(member::text || version), 1, 19))::uuid,
       $4, member::text, $5, 1000000000000000 + version, '{}',
       replace(replace($6, $7, member::text), '"version":0', '"version":' || version)
FROM made ORDER BY version"""


async def add_history(superuser: str, database: str, rows: int) -> None:
    """Give outbox and inbox a history of so many rows each, all sent and taken, over the last seven days."""
    await asyncio.gather(*(_add_history_to(superuser, database, schema, rows) for schema in _TABLE))


async def _add_history_to(superuser: str, database: str, schema: str, rows: int) -> None:
    usual = {"search_path": schema, "synchronous_commit": "off"}
    connection = await asyncpg.connect(superuser, database=database, server_settings=usual)
    for ago in range(1, DAYS + 1):
        day = datetime.now(UTC).date() - timedelta(days=ago)
        await day_partitions.create_day(connection, day)
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        await connection.execute(_AGE[schema], start, rows // DAYS, timeout=STATEMENT_SECONDS)
    await connection.execute(f"VACUUM ANALYZE {_TABLE[schema]}", timeout=STATEMENT_SECONDS)
    await connection.close()


async def insert_backlog(connection: Connection, name: str, members: int, versions: int) -> None:
    """A backlog of so many new members' cards with so many versions each, at once and in one transaction; `name`
    keeps one backlog's members apart from another's."""
    template = work.build_card(NOBODY, 0).model_dump_json()
    await connection.execute(f"SET search_path = {work.OWNER}")
    texts = (work.NAME, work.CARD.name, work.CHANGED, template, str(NOBODY), name)
    await connection.execute(_STOCK, members, versions, *texts, timeout=STATEMENT_SECONDS)
    await connection.execute("RESET search_path")
