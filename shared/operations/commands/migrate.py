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
        sentences = asyncio.run(_migrate(service, database, restored))
    except MigrationChanged as changed:
        fail(str(changed))
    for sentence in sentences:
        typer.echo(sentence)


async def _migrate(service: Definition, database: str, restored: bool) -> list[str]:
    """What was done, a sentence each."""
    applied = await apply_migrations(database, service.name, service.migration_folders)
    done = [f"applied {name}" for name in applied or ["nothing: the schema is up to date"]]
    async with await open_pool(database, service.name, size=1) as pool:
        await day_partitions.maintain_partitions(pool, datetime.now(UTC).date())
        if restored:
            done += [await service.on_restore(pool)] if service.on_restore else []
            async with transaction(pool) as tx:
                generation = await begin_new_generation(tx)
            done.append(
                f"began generation {generation}: republish --restored comes next, before the service starts"
            )
    return done
