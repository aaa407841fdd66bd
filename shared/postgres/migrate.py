"""Numbered SQL files, each applied once and in order, beside a service that goes on."""

import asyncio
import hashlib
import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from shared.backoff import backoff_seconds
from shared.postgres.locks import lock_key
from shared.postgres.pool import Connection, Tx, session_settings

_LEDGER = """
CREATE TABLE IF NOT EXISTS migration (
    name text PRIMARY KEY,
    digest text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
)"""

_CONCURRENT = re.compile(r"^\s*(--.*\s+)*CREATE (UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS\b")
_INVALID_INDEXES = """
SELECT format('DROP INDEX CONCURRENTLY %s', indexrelid::regclass) AS drop
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace"""

# What waits for a table's lock lets all others wait behind it: so it waits this long, and lets them pass.
_LOCK_WAIT = "2s"
_LOCK_ATTEMPTS = 60
_RETRY_SECONDS = (0.5, 5.0)


class MigrationChanged(Exception):
    """A migration that was applied has another text now. Write a new file instead."""


def read_migrations(folders: Sequence[Path]) -> dict[str, str]:
    """Name → SQL, by folder and then by number. The name is `folder/0001_what.sql`."""
    return {
        f"{folder.parent.name}/{file.name}": file.read_text("utf-8")
        for folder in folders
        for file in sorted(folder.glob("[0-9]*.sql"))
    }


def digest_migration(sql: str) -> str:
    """By what the text of a migration that was applied is known."""
    return hashlib.sha256(sql.encode()).hexdigest()


async def apply_migrations(dsn: str, schema: str, folders: Sequence[Path]) -> list[str]:
    """Apply what is missing, each file in a transaction of its own; returns the names of those applied.

    A file that is one CREATE INDEX CONCURRENTLY IF NOT EXISTS is applied outside a transaction, so that the table can
    be written meanwhile. Two at once wait for each other, and all wait for transactions that hold a table, in turn
    with those who use it. Raises `MigrationChanged` if an applied file was edited, and asyncpg.PostgresError if one
    fails (then that file changed nothing, or left an index that the next attempt makes anew).
    """
    connection = await asyncpg.connect(
        dsn, server_settings=session_settings(schema, f"alumnibus-{schema}-migrate")
    )
    try:
        await _wait_for_turn(connection)
        await connection.execute(_LEDGER)
        return [
            name for name, sql in read_migrations(folders).items() if await _apply_file(connection, name, sql)
        ]
    finally:
        await connection.close()


async def find_pending(connection: Tx, folders: Sequence[Path]) -> list[str]:
    """The names of the migrations that this build has and the schema doesn't."""
    if await connection.fetchval("SELECT to_regclass('migration')") is None:
        return list(read_migrations(folders))
    applied = {row["name"] for row in await connection.fetch("SELECT name FROM migration")}
    return [name for name in read_migrations(folders) if name not in applied]


async def _apply_file(connection: Connection, name: str, sql: str) -> bool:
    digest = digest_migration(sql)
    applied = await connection.fetchval("SELECT digest FROM migration WHERE name = $1", name)
    if applied == digest:
        return False
    if applied is not None:
        raise MigrationChanged(f"{name} was changed after it was applied; write a new migration instead")
    if _CONCURRENT.match(sql):
        await _create_index(connection, sql)
        await _note_applied(connection, name, digest)
    else:
        await _apply_when_unlocked(connection, name, sql, digest)
    return True


async def _wait_for_turn(connection: Connection) -> None:
    """A session that waited inside a statement would hold up a CREATE INDEX CONCURRENTLY of the other."""
    while not await connection.fetchval(f"SELECT pg_try_advisory_lock({lock_key('migrate')})"):
        await asyncio.sleep(_RETRY_SECONDS[0])


async def _create_index(connection: Connection, sql: str) -> None:
    for row in await connection.fetch(_INVALID_INDEXES):
        await connection.execute(row["drop"])
    await connection.execute(sql)


async def _apply_when_unlocked(connection: Connection, name: str, sql: str, digest: str) -> None:
    for attempt in itertools.count(1):
        try:
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_WAIT}'")
                await connection.execute(sql)
                await _note_applied(connection, name, digest)
            return
        except asyncpg.LockNotAvailableError:
            if attempt == _LOCK_ATTEMPTS:
                raise
        await asyncio.sleep(backoff_seconds(attempt, *_RETRY_SECONDS))


async def _note_applied(connection: Connection, name: str, digest: str) -> None:
    await connection.execute("INSERT INTO migration (name, digest) VALUES ($1, $2)", name, digest)
