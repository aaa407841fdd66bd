"""Backups of one database, as an operator makes them and brings them back."""

from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

from deploy.local.servers import Servers


class Backups:
    """Copies of one database, made and brought back while nobody is connected to it."""

    def __init__(self, servers: Servers, dsn: str) -> None:
        self._superuser = servers.postgres
        self._name = urlsplit(dsn).path[1:]
        self._copy = f"backup_{uuid4().hex[:12]}"

    async def make(self) -> None:
        await self._run(f'CREATE DATABASE "{self._copy}" TEMPLATE "{self._name}"')

    async def restore(self) -> None:
        await self._run(
            f'DROP DATABASE "{self._name}" WITH (FORCE)',
            f'ALTER DATABASE "{self._copy}" RENAME TO "{self._name}"',
        )

    async def _run(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._superuser)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()
