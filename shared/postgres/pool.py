"""A connection pool that lives in one schema, and the transaction that endpoints, consumers and workers open."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Tx: TypeAlias = "Connection | PoolConnectionProxy[asyncpg.Record]"

COMMAND_SECONDS = 60.0
# A service that is cut off without a word leaves transactions on the server, with all that they hold, and others
# that wait for it. Those give up first, or each would become the next to hold it.
ABANDONED_SESSION_LIMITS = {"lock_timeout": "30s", "idle_in_transaction_session_timeout": "60s"}


def session_settings(schema: str, application: str) -> dict[str, str]:
    """Server settings of each session. JIT makes short statements dearer by two orders of magnitude."""
    return {"search_path": f"{schema}, extensions", "jit": "off", "application_name": application}


async def open_pool(dsn: str, schema: str, *, size: int = 10) -> Pool:
    """A pool whose sessions see `schema` only; a transaction in which nothing is asked for a minute is rolled back.
    It has `size` connections at most, and opens each when it is wanted: so the database may come later.
    """
    return await asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=size,
        timeout=10,
        command_timeout=COMMAND_SECONDS,
        init=_set_codecs,
        connection_class=_Session,
        server_settings=session_settings(schema, f"alumnibus-{schema}") | ABANDONED_SESSION_LIMITS,
    )


class _Session(asyncpg.Connection):
    """A session that comes back to its pool as it left: what is set in it, is set in a transaction only (SET LOCAL).
    So it needs no query to be made clean, which would cost each transaction one more turn."""

    def get_reset_query(self) -> str:
        return ""


async def _set_codecs(connection: Connection) -> None:
    await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Tx]:
    """One transaction. Endpoints, workers and the batch processor open it; domain functions take it as `tx`."""
    async with pool.acquire() as connection:
        with _terminated_at_timeout(connection):
            block = connection.transaction()
            await block.start()
            try:
                yield connection
            except TimeoutError:
                raise
            except BaseException:
                if not connection.is_closed():
                    await block.rollback()
                raise
            await block.commit()


@contextmanager
def _terminated_at_timeout(connection: Tx) -> Iterator[None]:
    """A server that was silent once would let the ROLLBACK, too, wait for as long."""
    try:
        yield
    except TimeoutError:
        connection.terminate()
        raise


@asynccontextmanager
async def acquire_within(pool: Pool, seconds: float) -> AsyncIterator[Tx]:
    """A connection for `seconds` at most, as long again until there is one.

    Raises TimeoutError or asyncpg.PostgresConnectionError at the end of patience.
    """
    async with pool.acquire(timeout=seconds) as connection:
        with _terminate_after(connection, seconds):
            yield connection


@contextmanager
def _terminate_after(connection: Tx, seconds: float) -> Iterator[None]:
    """A server that is there and silent answers no request to cancel either: the connection is closed on our side."""
    end = asyncio.get_running_loop().call_later(seconds, connection.terminate)
    try:
        yield
    finally:
        end.cancel()
