"""What every test may use: the two real servers, a database of its own, a corner of Kafka of its own."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import asyncpg
import pytest

import services
from deploy.kafka import topics
from deploy.local import database
from deploy.local.children import Children
from deploy.local.failure import Failed
from deploy.local.home import locked_home, reset_home
from deploy.local.kafka import start_brokers
from deploy.local.servers import KAFKA, POSTGRES, Servers, say_nothing
from deploy.local.servers import running_servers as started
from deploy.postgres import roles
from shared.contracts.catalogue import Topic
from shared.messaging.kafka import Kafka
from shared.runtime.settings import build_environment
from shared.testing.access import ENVIRONMENT
from shared.testing.databases import clone_database, fill_template
from shared.testing.kafka import MakeTopics, delete_topics

SHARED = pytest.StashKey[ExitStack]()
# Names to the workers the folder of the servers that were started for them.
SERVERS_HOME = "ALUMNIBUS_SERVERS_HOME"
PLATFORM = os.environ.get("TEST_PLATFORM", "embedded")
FOLDERS = {name: Path(services.__path__[0]) / name for name in roles.SERVICES}
REAUTHENTICATION_SECONDS = 2
PASSWORDS = {name: f"{name}'s own p@ss/word" for name in roles.SERVICES}


@pytest.hookimpl(trylast=True)  # the terminal is there by then
def pytest_configure(config: pytest.Config) -> None:
    """Let each service read the sessions that this process signs. Where several workers test (`-n`), start the servers
    once; each worker finds them in its environment."""
    os.environ |= ENVIRONMENT
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        config.stash[SHARED] = stack = ExitStack()
        config.get_terminal_writer().line("starting Kafka and PostgreSQL, once for all tests", flush=True)
        with ending_the_run():
            home = Path(stack.enter_context(TemporaryDirectory()))
            stack.callback(reset_home, home)
            both = stack.enter_context(on_platform(home))
        os.environ |= {**build_environment(both.kafka), POSTGRES: both.postgres, SERVERS_HOME: str(home)}


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what `pytest_configure` started."""
    config.stash.get(SHARED, ExitStack()).close()


def pytest_sessionstart() -> None:
    """Refuse an unknown platform, and pull images while no test's time runs."""
    with ending_the_run():
        if PLATFORM not in ("embedded", "containers"):
            raise Failed(
                f"TEST_PLATFORM is {PLATFORM!r}: it may be 'embedded', the default, or 'containers'."
            )
        if PLATFORM == "containers":
            from tests.containers import fetch_images

            fetch_images()


@pytest.fixture(scope="session")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where this process keeps what it starts."""
    home: Path = tmp_path_factory.mktemp("home")
    yield home
    reset_home(home)


@dataclass(frozen=True)
class SecuredKafka:
    """Kafka as its administrator reaches it, and as partners do, who have no user yet; and the folder of its logs."""

    admin: Kafka
    partners: Kafka
    logs: Path


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """A Kafka of its own, which is for what everybody may do there: it ends idle sessions of partners soon."""
    home: Path = tmp_path_factory.mktemp("secured")
    soon = {"listener.name.partners.connections.max.reauth.ms": f"{REAUTHENTICATION_SECONDS * 1000}"}
    with ending_the_run(), locked_home(home) as lock, Children([lock]) as children:
        _, admin, partners = start_brokers(home, children, 1, soon, say_nothing)
        yield SecuredKafka(admin, partners, home / "logs")
    reset_home(home)


@pytest.fixture(scope="session")
def servers(own_home: Path) -> Iterator[Servers]:
    """Kafka and PostgreSQL, thrown away at the end; without them the run ends with one sentence."""
    with ending_the_run(), on_platform(own_home) as both:
        yield both


@pytest.fixture(scope="session")
def servers_home(servers: Servers, own_home: Path) -> Path | None:
    """Where the run's embedded servers keep their logs and data; None if others run them."""
    own = own_home if servers.kafka_processes and servers.own_postgres else None
    return Path(os.environ[SERVERS_HOME]) if SERVERS_HOME in os.environ else own


@contextmanager
def ending_the_run() -> Iterator[None]:
    """Say once, instead of at each test, that nothing can be tested."""
    try:
        yield
    except Failed as failed:
        pytest.exit(str(failed), returncode=1)


def on_platform(home: Path) -> AbstractContextManager[Servers]:
    """Servers embedded in this home, or in containers; Docker's client is loaded only for those."""
    if PLATFORM == "embedded" or KAFKA in os.environ:
        return started(home, durable=False)
    from tests.containers import contained

    return contained()


@pytest.fixture(scope="session")
def passwords() -> Mapping[str, str]:
    """The passwords of the services' roles, which belong to the whole server; with characters that need quoting."""
    return PASSWORDS


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
    async with clone_database(servers.postgres, template) as name:
        yield {
            service: roles.service_dsn(servers.postgres, name, service, password)
            for service, password in PASSWORDS.items()
        }


@pytest.fixture
def kafka(servers: Servers) -> Kafka:
    """A corner of the broker of this test's own."""
    return replace(servers.kafka, prefix=f"{uuid4().hex[:8]}.")


@pytest.fixture
async def make_topics(kafka: Kafka) -> AsyncIterator[MakeTopics]:
    """Makes topics of the catalogue in this test's corner, with three partitions, led before it returns."""
    made: list[str] = []

    async def make(wanted: Sequence[Topic]) -> None:
        made.extend(await topics.create_topics(kafka, wanted, partitions=3))

    yield make
    if made:
        await delete_topics(kafka, made)
