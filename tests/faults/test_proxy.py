"""The proxy cuts at a COMMIT as it should: no client learns of it, and only the server knows whether it was done."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import asyncpg
import pytest

from deploy.local.servers import Servers
from tests.faults.proxy import Cut, Proxy


@pytest.fixture
async def table(servers: Servers) -> AsyncIterator[str]:
    """A table of this test's own."""
    name = f"proxied_{uuid4().hex[:8]}"
    connection = await asyncpg.connect(servers.postgres)
    await connection.execute(f"CREATE TABLE {name} (number int)")
    yield name
    await connection.execute(f"DROP TABLE {name}")
    await connection.close()


async def commit_number(dsn: str, table: str, number: int) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute(f"INSERT INTO {table} VALUES ({number})")
    finally:
        connection.terminate()


@pytest.mark.parametrize(("how", "done"), [("unsent", [1]), ("unheard", [1, 2])])
async def test_a_cut_commit_is_never_confirmed(
    servers: Servers, table: str, how: Cut, done: list[int]
) -> None:
    proxy = Proxy(servers.postgres)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(proxy.forwarding())
        await commit_number(proxy.dsn, table, 1)
        proxy.arm_cut(how)
        with pytest.raises((asyncpg.PostgresConnectionError, OSError)):
            await commit_number(proxy.dsn, table, 2)

    connection = await asyncpg.connect(servers.postgres)
    rows = await connection.fetch(f"SELECT number FROM {table} ORDER BY 1")
    await connection.close()
    assert [row["number"] for row in rows] == done
