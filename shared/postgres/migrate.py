"""Numbered SQL files, each applied once and in order."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from shared.postgres.locks import lock_key
from shared.postgres.pool import Connection, session_settings

_LEDGER = """
CREATE TABLE IF NOT EXISTS migration (
    name text PRIMARY KEY,
    digest text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
)"""


class MigrationChanged(Exception):
    """A migration that was applied has another text now. Write a new file instead."""


def read_migrations(folders: Sequence[Path]) -> dict[str, str]:
    """Name → SQL, by folder and then by number. The name is `folder/0001_what.sql`."""
    return {
        f"{folder.parent.name}/{file.name}": file.read_text("utf-8")
        for folder in folders
        for file in sorted(folder.glob("[0-9]*.sql"))
    }


async def apply_migrations(dsn: str, schema: str, folders: Sequence[Path]) -> list[str]:
    """Apply what is missing, each file in a transaction of its own; returns the names of those applied.

    Two at once wait for each other. Raises `MigrationChanged` if an applied file was edited, and
    asyncpg.PostgresError if one fails (then that file changed nothing).
    """
    connection = await asyncpg.connect(
        dsn, server_settings=session_settings(schema, f"alumnibus-{schema}-migrate")
    )
    try:
        await connection.execute(f"SELECT pg_advisory_lock({lock_key('migrate')})")
        await connection.execute(_LEDGER)
        return [
            name for name, sql in read_migrations(folders).items() if await _apply_file(connection, name, sql)
        ]
    finally:
        await connection.close()


async def find_pending(connection: Connection, folders: Sequence[Path]) -> list[str]:
    """The names of the migrations that this build has and the schema doesn't."""
    if await connection.fetchval("SELECT to_regclass('migration')") is None:
        return list(read_migrations(folders))
    applied = {row["name"] for row in await connection.fetch("SELECT name FROM migration")}
    return [name for name in read_migrations(folders) if name not in applied]


async def _apply_file(connection: Connection, name: str, sql: str) -> bool:
    digest = hashlib.sha256(sql.encode()).hexdigest()
    applied = await connection.fetchval("SELECT digest FROM migration WHERE name = $1", name)
    if applied == digest:
        return False
    if applied is not None:
        raise MigrationChanged(f"{name} was changed after it was applied; write a new migration instead")
    async with connection.transaction():
        await connection.execute(sql)
        await connection.execute("INSERT INTO migration (name, digest) VALUES ($1, $2)", name, digest)
    return True
