"""What the laws stand on: the toy service's own database and topics."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from deploy.local.servers import Servers
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool, open_pool
from shared.testing.databases import clone_database, fill_template
from shared.testing.kafka import MakeTopics
from tests.shared.toy.app import FOLDER
from tests.shared.toy.parts import SCHEMA
from tests.shared.toy.tallies import TALLY


def in_database(superuser: str, name: str) -> str:
    """The superuser's DSN in another database."""
    return urlunsplit(urlsplit(superuser)._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
async def toy_template(servers: Servers) -> AsyncIterator[str]:
    """The name of a database in which the toy's schema is migrated."""
    name = f"toy_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(servers.postgres)
    await connection.execute(f"CREATE DATABASE {name}")
    await prepare(in_database(servers.postgres, name))
    yield name
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def prepare(dsn: str) -> None:
    """Make the toy's schema and its tables."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"CREATE SCHEMA {SCHEMA}")
    await connection.close()
    await fill_template({SCHEMA: dsn}, {SCHEMA: FOLDER})


@pytest.fixture
async def dsn(servers: Servers, toy_template: str) -> AsyncIterator[str]:
    """A database of this test's own."""
    async with clone_database(servers.postgres, toy_template) as name:
        yield in_database(servers.postgres, name)


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    """A pool in the toy's schema."""
    async with await open_pool(dsn, SCHEMA) as opened:
        yield opened


@pytest.fixture
async def corner(kafka: Kafka, make_topics: MakeTopics) -> Kafka:
    """A corner of the broker with the toy's topic in it."""
    await make_topics([TALLY])
    return kafka
