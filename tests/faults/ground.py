"""The ground of a row: two servers for all rows, and for each a database and topics of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from deploy.kafka import topics
from deploy.local.server import Server
from deploy.local.servers import Servers
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool, session_settings
from shared.testing.databases import fill_template
from shared.testing.kafka import delete_topics
from tests.faults.service.app import FOLDER
from tests.faults.service.entries import ACCOUNT, SCHEMA

TEMPLATE = "faults"


def in_database(superuser: str, name: str) -> str:
    """The superuser's DSN in another database."""
    return urlunsplit(urlsplit(superuser)._replace(path=f"/{name}"))


async def prepare(superuser: str) -> None:
    """Make the database that each row gets a copy of."""
    await _execute(superuser, f"CREATE DATABASE {TEMPLATE}")
    dsn = in_database(superuser, TEMPLATE)
    await _execute(dsn, f"CREATE SCHEMA {SCHEMA}")
    await fill_template({SCHEMA: dsn}, {SCHEMA: FOLDER})


async def forget(superuser: str) -> None:
    """Drop that database again."""
    await _execute(superuser, f"DROP DATABASE {TEMPLATE} WITH (FORCE)")


@asynccontextmanager
async def fresh(servers: Servers) -> AsyncIterator[tuple[str, Kafka]]:
    """A DSN and a corner of Kafka with the topic in it; forgotten at the end."""
    name = f"row_{uuid4().hex[:8]}"
    await _execute(servers.postgres, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    kafka = Kafka(servers.kafka, f"{name}.")
    copies = min(3, len(servers.kafka_processes) or 1)
    made = await topics.create(kafka.servers, [ACCOUNT], prefix=kafka.prefix, replication=copies)
    try:
        yield in_database(servers.postgres, name), kafka
    finally:
        await mend(servers)
        await delete_topics(kafka, made)
        await _execute(servers.postgres, f"DROP DATABASE {name} WITH (FORCE)")


def looking(dsn: str) -> Pool:
    """A pool in the service's schema that keeps no connection while its server is away."""
    sessions = session_settings(SCHEMA, "faults")
    return asyncpg.create_pool(dsn, min_size=0, max_size=4, command_timeout=60, server_settings=sessions)


async def mend(servers: Servers) -> None:
    """Let our own servers work again that a row left paused or dead, for the rows behind it."""
    own = [*servers.kafka_processes, *([servers.own_postgres] if servers.own_postgres else [])]
    for server in own:
        await asyncio.to_thread(_mend, server)


def _mend(server: Server) -> None:
    if server.child.running:
        server.resume()
        server.wait()
    else:
        server.restart()


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
