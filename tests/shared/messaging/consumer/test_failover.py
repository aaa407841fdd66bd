"""PostgreSQL answers, but not as it should: as while a failover is under way. Nothing is parked for that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg

from deploy.local.servers import Servers
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from shared.testing.waiting import eventually
from tests.shared.toy.partner import raised, write
from tests.shared.toy.parts import consuming, took_effect


@asynccontextmanager
async def read_only(superuser: str, database: str) -> AsyncIterator[None]:
    """The database as a standby would serve it, in all sessions."""
    connection = await asyncpg.connect(superuser)
    try:
        await alter(connection, database, "on")
        yield
        await alter(connection, database, "off")
    finally:
        await connection.close()


async def alter(connection: "asyncpg.Connection[asyncpg.Record]", database: str, read_only: str) -> None:
    await connection.execute(f"ALTER DATABASE {database} SET default_transaction_read_only = {read_only}")
    await connection.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1", database
    )


async def serves(pool: Pool) -> bool:
    try:
        return bool(await pool.fetchval("SELECT true"))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return False


async def test_a_consumer_waits_for_a_database_that_only_reads(
    servers: Servers, dsn: str, pool: Pool, corner: Kafka
) -> None:
    async with consuming(pool, corner) as inbound:

        async def says_so() -> bool:
            return inbound.trouble == "ReadOnlySQLTransactionError"

        async with read_only(servers.postgres, urlsplit(dsn).path[1:]):
            await write(corner, [raised("a", 1), raised("b", 1)])
            await eventually(says_so)

        await eventually(lambda: serves(pool))
        await took_effect(pool, {"a": [1], "b": [1]})
        assert await pool.fetchval("SELECT count(*) FROM parked_key") == 0
