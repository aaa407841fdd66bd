"""What every test may use: the two real servers, a database of its own, a corner of Kafka of its own."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

import services
from deploy.kafka import topics
from deploy.local import database
from deploy.local.home import forget
from deploy.local.servers import Servers
from deploy.local.servers import servers as started
from shared.contracts.catalogue import Topic
from shared.messaging.kafka import Kafka
from shared.testing.databases import cloned, fill_template
from shared.testing.kafka import MakeTopics, delete_topics

FOLDERS = {name: Path(services.__path__[0]) / name for name in database.SERVICES}
PASSWORDS = {name: f"test-{name}" for name in database.SERVICES}


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Kafka and PostgreSQL in a home that is thrown away at the end."""
    home: Path = tmp_path_factory.mktemp("home")
    with started(home, durable=False) as both:
        yield both
    forget(home)


@pytest.fixture(scope="session")
async def template(servers: Servers) -> AsyncIterator[str]:
    """The name of a database in which every service's schema is migrated."""
    name = f"template_{uuid4().hex[:12]}"
    dsns = database.prepare_database(servers.postgres, name, PASSWORDS)
    await fill_template(dsns, FOLDERS)
    yield name
    connection = await asyncpg.connect(servers.postgres)
    await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await connection.close()


@pytest.fixture
async def dsns(servers: Servers, template: str) -> AsyncIterator[Mapping[str, str]]:
    """Each service's DSN in a database of this test's own."""
    async with cloned(servers.postgres, template) as name:
        yield {
            service: database.service_dsn(servers.postgres, name, service, password)
            for service, password in PASSWORDS.items()
        }


@pytest.fixture
def kafka(servers: Servers) -> Kafka:
    """A corner of the broker of this test's own."""
    return Kafka(servers.kafka, prefix=f"{uuid4().hex[:8]}.")


@pytest.fixture
async def make_topics(kafka: Kafka) -> AsyncIterator[MakeTopics]:
    """Makes topics of the catalogue in this test's corner, with three partitions, led before it returns."""
    made: list[str] = []

    async def make(wanted: Sequence[Topic]) -> None:
        made.extend(await topics.create(kafka.servers, wanted, prefix=kafka.prefix, partitions=3))

    yield make
    if made:
        await delete_topics(kafka, made)
