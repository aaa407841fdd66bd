"""The environment of a row: two servers for all rows, and for each a database and topics of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class PreparedServers:
    """Servers, and the database on them that each row gets a copy of."""

    servers: Servers
    template: str


def in_database(superuser: str, name: str) -> str:
    """The superuser's DSN in another database."""
    return urlunsplit(urlsplit(superuser)._replace(path=f"/{name}"))


async def prepare_servers(servers: Servers) -> PreparedServers:
    """Make the database that each row gets a copy of, under a name that no other run has."""
    template = f"faults_{uuid4().hex[:8]}"
    await _execute(servers.postgres, f"CREATE DATABASE {template}")
    dsn = in_database(servers.postgres, template)
    await _execute(dsn, f"CREATE SCHEMA {SCHEMA}")
    await fill_template({SCHEMA: dsn}, {SCHEMA: FOLDER})
    return PreparedServers(servers, template)


async def drop_template(prepared: PreparedServers) -> None:
    """Drop that database again."""
    await _execute(prepared.servers.postgres, f"DROP DATABASE {prepared.template} WITH (FORCE)")


@asynccontextmanager
async def row_environment(prepared: PreparedServers) -> AsyncIterator[tuple[str, Kafka]]:
    """A DSN and a Kafka prefix with the topic under it; both are deleted at the end."""
    servers, name = prepared.servers, f"row_{uuid4().hex[:8]}"
    await _execute(servers.postgres, f"CREATE DATABASE {name} TEMPLATE {prepared.template}")
    kafka = replace(servers.kafka, prefix=f"{name}.")
    copies = min(3, len(servers.kafka_processes) or 1)
    made = await topics.create_topics(kafka, [ACCOUNT], replication=copies)
    try:
        yield in_database(servers.postgres, name), kafka
    finally:
        await mend_servers(servers)
        await delete_topics(kafka, made)
        await _execute(servers.postgres, f"DROP DATABASE {name} WITH (FORCE)")


def inspection_pool(dsn: str) -> Pool:
    """A pool in the service's schema that keeps no connection while its server is away."""
    sessions = session_settings(SCHEMA, "faults")
    return asyncpg.create_pool(dsn, min_size=0, max_size=4, command_timeout=60, server_settings=sessions)


async def mend_servers(servers: Servers) -> None:
    """Let our own servers work again that a row left paused or dead, for the rows behind it."""
    own = [*servers.kafka_processes, *([servers.own_postgres] if servers.own_postgres else [])]
    for server in own:
        await asyncio.to_thread(_mend_server, server)


def _mend_server(server: Server) -> None:
    if server.child.is_running:
        server.resume()
        server.wait_until_ready()
    else:
        server.restart()


async def _execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
