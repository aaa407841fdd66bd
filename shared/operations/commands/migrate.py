"""`migrate`: brings the schema to the version of this build."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from shared.messaging import day_partitions
from shared.operations.generation import begin_new_generation
from shared.operations.session import compose_service
from shared.operations.terminal import fail
from shared.postgres.migrate import MigrationChanged, apply_migrations
from shared.postgres.pool import open_pool, transaction
from shared.runtime.service import Service


def migrate(
    ctx: typer.Context,
    restored: Annotated[bool, typer.Option(help="the database was restored to an earlier time")] = False,
) -> None:
    """Bring the schema to this build's version."""
    try:
        sentences = asyncio.run(_migrate(compose_service(ctx), restored))
    except MigrationChanged as changed:
        fail(str(changed))
    for sentence in sentences:
        typer.echo(sentence)


async def _migrate(service: Service, restored: bool) -> list[str]:
    names = await apply_migrations(service.settings.database, service.name, service.migration_folders)
    done = [f"applied {name}" for name in names or ["nothing: the schema is up to date"]]
    async with await open_pool(service.settings.database, service.name, size=1) as pool:
        await day_partitions.maintain_partitions(pool, datetime.now(UTC).date())
        if restored:
            async with transaction(pool) as tx:
                await begin_new_generation(tx)
                done += [await service.on_restore(tx)] if service.on_restore else []
    return done
