"""PostgreSQL answers, but not as it should: as during a failover or a restore. Nothing is parked for that."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import pytest

from deploy.local.servers import Servers
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from shared.testing.waiting import eventually
from tests.shared.toy.partner import raised, write
from tests.shared.toy.parts import consuming, took_effect


class Database:
    """This test's database, from outside."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", name: str) -> None:
        self._connection = connection
        self._name = name

    async def altered(self, change: str) -> None:
        """Alter it, and end all of its sessions."""
        await self._connection.execute(f"ALTER DATABASE {self._name} {change}")
        await self._end_sessions(self._name)

    async def hidden(self, hide: bool) -> None:
        """Give it another name, or its own again."""
        names = (self._name, f"{self._name}_away")
        old, new = names if hide else reversed(names)
        await eventually(lambda: self._renamed(old, new))

    async def _renamed(self, old: str, new: str) -> bool:
        await self._end_sessions(old)
        try:
            await self._connection.execute(f"ALTER DATABASE {old} RENAME TO {new}")
        except asyncpg.ObjectInUseError:
            return False
        return True

    async def _end_sessions(self, name: str) -> None:
        await self._connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1", name
        )


@pytest.fixture
async def database(servers: Servers, dsn: str) -> AsyncIterator[Database]:
    connection = await asyncpg.connect(servers.postgres)
    yield Database(connection, urlsplit(dsn).path[1:])
    await connection.close()


@asynccontextmanager
async def read_only(database: Database) -> AsyncIterator[None]:
    await database.altered("SET default_transaction_read_only = on")
    yield
    await database.altered("SET default_transaction_read_only = off")


@asynccontextmanager
async def renamed(database: Database) -> AsyncIterator[None]:
    await database.hidden(True)
    yield
    await database.hidden(False)


async def serves(pool: Pool) -> bool:
    try:
        return bool(await pool.fetchval("SELECT true"))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        pytest.param(read_only, "ReadOnlySQLTransactionError", id="a standby that only reads"),
        pytest.param(renamed, "InvalidCatalogNameError", id="a database that isn't there"),
    ],
)
async def test_a_consumer_waits_for_a_database_that_cannot_serve_it(
    database: Database,
    pool: Pool,
    corner: Kafka,
    trouble: Callable[[Database], AbstractAsyncContextManager[None]],
    said: str,
) -> None:
    async with consuming(pool, corner) as inbound:

        async def says_so() -> bool:
            return inbound.trouble == said

        async with trouble(database):
            await write(corner, [raised("a", 1), raised("b", 1)])
            await eventually(says_so)

        await eventually(lambda: serves(pool))
        await took_effect(pool, {"a": [1], "b": [1]})
        assert await pool.fetchval("SELECT count(*) FROM parked_key") == 0
