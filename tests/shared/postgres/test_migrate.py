"""Migrations: each applied once, beside a service that goes on reading and writing."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import asyncpg
import pytest

from shared.postgres.migrate import MigrationChanged, apply_migrations, find_pending
from shared.postgres.pool import Pool, open_pool, transaction
from shared.testing.waiting import eventually

INDEX = "CREATE INDEX CONCURRENTLY IF NOT EXISTS book_title ON book (title);"
VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'book_title'::regclass"


@pytest.fixture
def dsn(dsns: Mapping[str, str]) -> str:
    return dsns["members"]


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    async with await open_pool(dsn, "members", size=4) as opened:
        yield opened


@pytest.fixture
async def folder(tmp_path: Path, dsn: str) -> Path:
    """Migrations of books, one of which is applied."""
    made = tmp_path / "library" / "migrations"
    made.mkdir(parents=True)
    (made / "0001_books.sql").write_text("CREATE TABLE book (title text);")
    assert await apply_migrations(dsn, "members", [made]) == ["library/0001_books.sql"]
    return made


async def is_waited_for(pool: Pool) -> bool:
    return bool(await pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))


async def test_each_file_is_applied_once_and_a_changed_one_is_named(dsn: str, folder: Path) -> None:
    (folder / "0002_more.sql").write_text("ALTER TABLE book ADD pages int;")
    applied = await asyncio.gather(*(apply_migrations(dsn, "members", [folder]) for _ in range(3)))
    assert sorted(applied) == [[], [], ["library/0002_more.sql"]]

    (folder / "0002_more.sql").write_text("ALTER TABLE book ADD sheets int;")
    with pytest.raises(MigrationChanged, match=r"library/0002_more\.sql"):
        await apply_migrations(dsn, "members", [folder])


async def test_a_file_that_fails_changes_nothing(dsn: str, folder: Path, pool: Pool) -> None:
    (folder / "0002_wrong.sql").write_text("ALTER TABLE book ADD pages int; SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await apply_migrations(dsn, "members", [folder])

    async with pool.acquire() as connection:
        assert await find_pending(connection, [folder]) == ["library/0002_wrong.sql"]
        assert await connection.fetch("SELECT title FROM book") == []
        with pytest.raises(asyncpg.UndefinedColumnError):
            await connection.fetch("SELECT pages FROM book")


@pytest.mark.parametrize("migration", ["ALTER TABLE book ADD pages int;", INDEX], ids=["column", "index"])
async def test_whoever_uses_a_table_passes_a_migration_that_waits_for_it(
    dsn: str, folder: Path, pool: Pool, migration: str
) -> None:
    (folder / "0002_next.sql").write_text(migration)
    async with asyncio.TaskGroup() as side_by_side, asyncio.timeout(30), transaction(pool) as long_one:
        await long_one.execute("INSERT INTO book VALUES ('Long')")
        applying = side_by_side.create_task(apply_migrations(dsn, "members", [folder]))
        await eventually(lambda: is_waited_for(pool))
        await pool.execute("INSERT INTO book VALUES ('Short')")
        assert not applying.done()
    assert applying.result() == ["library/0002_next.sql"]
    if migration == INDEX:
        assert await pool.fetchval(VALID)


async def test_an_index_that_was_left_half_made_is_made_anew(dsn: str, folder: Path, pool: Pool) -> None:
    (folder / "0002_titles.sql").write_text(INDEX.replace("INDEX", "UNIQUE INDEX"))
    await pool.executemany("INSERT INTO book VALUES ($1)", [("Twice",), ("Twice",)])
    with pytest.raises(asyncpg.UniqueViolationError):
        await apply_migrations(dsn, "members", [folder])
    assert await pool.fetchval(VALID) is False

    await pool.execute("DELETE FROM book")
    assert await apply_migrations(dsn, "members", [folder]) == ["library/0002_titles.sql"]
    assert await pool.fetchval(VALID)
