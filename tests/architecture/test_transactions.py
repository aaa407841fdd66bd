"""Only endpoints, workers and recovery steps open transactions: domain functions are given one and never commit."""

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.sources import calls, modules

OPENERS = {"api.py", "pages.py", "work.py", "recovery.py"}
OPENING = {"transaction", "acquire", "acquire_within", "open_pool", "create_pool"}
ON_A_POOL = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "copy_records_to_table"}


def openings(tree: ast.AST) -> Iterator[str]:
    """The calls of a source that open a transaction or take a connection, or ask the pool itself."""
    for name, call in calls(tree):
        receiver = ast.unparse(call.func).rpartition(".")[0]
        asks_the_pool = name in ON_A_POOL and receiver.rpartition(".")[2].strip("_") == "pool"
        savepoint = receiver == "tx"
        if (name in OPENING and not savepoint) or asks_the_pool or (receiver, name) == ("asyncpg", "connect"):
            yield ast.unparse(call)


def test_domain_functions_open_no_transaction() -> None:
    found = [
        f"{path}: {call}"
        for path, tree in modules("services")
        if path.name not in OPENERS
        for call in openings(tree)
    ]

    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "async with transaction(pool) as tx: pass",
        "async with pool.acquire() as connection: pass",
        "async with work.transaction() as tx: pass",
        "await self._pool.execute('DELETE FROM member')",
        "await pool.fetch('SELECT 1')",
        "await asyncpg.connect(dsn)",
        "await open_pool(dsn, 'members')",
    ],
)
def test_each_way_to_a_transaction_is_found(source: str) -> None:
    tree = ast.parse(f"async def handle():\n    {source}")

    assert list(openings(tree))


def test_a_savepoint_in_a_transaction_that_was_given_is_none() -> None:
    assert not list(openings(ast.parse("async def handle(tx):\n    async with tx.transaction(): pass")))
