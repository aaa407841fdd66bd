"""The service that a command is for, and its database for as long as the command runs."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import typer

from shared.operations.terminal import fail
from shared.postgres.pool import Pool, Tx, open_pool, transaction
from shared.runtime.service import Definition
from shared.runtime.settings import DatabaseSettings

T = TypeVar("T")


def find_definition(ctx: typer.Context) -> Definition:
    """The service, without any setting."""
    definition: Definition = ctx.obj
    return definition


def run_with_pool(service: Definition, work: Callable[[Pool], Awaitable[T]]) -> T:
    """Do this work with a pool of two connections. Raises pydantic's ValidationError without a database's setting,
    OSError or asyncpg.PostgresError if it can't connect, whether the work would or not."""
    database = DatabaseSettings().database

    async def run() -> T:
        async with await open_pool(database, service.name, size=2) as pool:
            await pool.execute("SELECT 1")
            return await work(pool)

    return asyncio.run(run())


def run_in_transaction(service: Definition, work: Callable[[Tx], Awaitable[T]]) -> T:
    """Do this work in one transaction."""

    async def run(pool: Pool) -> T:
        async with transaction(pool) as tx:
            return await work(tx)

    return run_with_pool(service, run)


def require_known(known: Mapping[str, T], name: str, otherwise: str) -> T:
    """What has this name. Otherwise the process says so and which names there are, and ends with 1."""
    if name not in known:
        fail(f"{otherwise} {name}; its topics are: {', '.join(sorted(known)) or 'none'}.")
    return known[name]
