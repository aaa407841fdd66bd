"""A database of its own for each test, copied from a template."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg

from shared.messaging import day_partitions
from shared.postgres.migrate import apply_migrations
from shared.postgres.pool import open_pool, transaction
from shared.runtime.service import migration_folders


async def fill_template(dsns: Mapping[str, str], folders: Mapping[str, Path]) -> None:
    """Migrate each service's schema in the template, with partitions for yesterday, today and tomorrow."""
    today = datetime.now(UTC).date()
    for service, dsn in dsns.items():
        await apply_migrations(dsn, service, migration_folders(folders[service]))
        async with await open_pool(dsn, service, size=1) as pool, transaction(pool) as tx:
            for day in (today + timedelta(days=n) for n in (-1, 0, 1)):
                await day_partitions.create_day(tx, day)


@asynccontextmanager
async def clone_database(superuser: str, template: str) -> AsyncIterator[str]:
    """The name of a fresh copy of the template; it is dropped at the end, whoever is still connected."""
    name = f"test_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(superuser)
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        yield name
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()
