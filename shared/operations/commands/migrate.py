"""`migrate`: brings the schema to the version of this build."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from shared.messaging import day_partitions
from shared.operations.generation import begin_new_generation
from shared.operations.session import find_definition
from shared.operations.terminal import fail
from shared.postgres.migrate import MigrationChanged, apply_migrations
from shared.postgres.pool import open_pool, transaction
from shared.runtime.service import Definition
from shared.runtime.settings import DatabaseSettings


def migrate(
    ctx: typer.Context,
    restored: Annotated[bool, typer.Option(help="the database was restored to an earlier time")] = False,
) -> None:
    """Bring the schema to this build's version."""
    try:
        service, database = find_definition(ctx), DatabaseSettings().database
        applied, generation = asyncio.run(_migrate(service, database, restored))
    except MigrationChanged as changed:
        fail(str(changed))
    for name in applied or ["nothing: the schema is up to date"]:
        typer.echo(f"applied {name}")
    if generation is not None:
        typer.echo(
            f"began generation {generation}: republish --restored comes next, before the service starts"
        )


async def _migrate(service: Definition, database: str, restored: bool) -> tuple[list[str], int | None]:
    """The migrations that were applied, and the generation that was begun."""
    applied = await apply_migrations(database, service.name, service.migration_folders)
    async with await open_pool(database, service.name, size=1) as pool:
        await day_partitions.maintain_partitions(pool, datetime.now(UTC).date())
        if not restored:
            return applied, None
        async with transaction(pool) as tx:
            return applied, await begin_new_generation(tx)
