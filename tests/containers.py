"""Kafka and PostgreSQL in containers, as the public images bring them, in the place of the embedded ones."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager

import asyncpg
import docker
from docker.errors import DockerException, ImageNotFound
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from deploy.local import kafka, postgres
from deploy.local.children import Children
from deploy.local.failure import Failed
from deploy.local.ports import free_port
from deploy.local.servers import Servers
from shared.messaging.kafka import Kafka

KAFKA_IMAGE = "apache/kafka:4.3.1"
KAFKA_PORT = 9092
# One node that is its own controller. The image drops all of its own settings when it is given one, so this is
# the whole list.
KAFKA_SETTINGS = {
    "KAFKA_PROCESS_ROLES": "broker,controller",
    "KAFKA_NODE_ID": "1",
    "KAFKA_LISTENERS": f"PLAINTEXT://:{KAFKA_PORT},CONTROLLER://:9093",
    "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
    "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
    "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
    "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
    "KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS": "4",
    "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
    "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
    "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_NUM_PARTITIONS": "1",
}

POSTGRES_IMAGE = "postgres:18"
POSTGRES_PORT = 5432
# Words sort as in the embedded server, whatever locale the image was made with.
POSTGRES_SORTING = (
    "--locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C --lc-ctype=C.UTF-8 --encoding=UTF8"
)
POSTGRES_SETTINGS = ("max_connections=300", "timezone=UTC", "fsync=off", "full_page_writes=off")
# Parallel plans share memory there, and Docker gives 64 MB if nothing is said.
POSTGRES_SHARED_MEMORY = "256m"

# Seconds; shorter than the limit of a test, in whose time the servers start.
START_LIMIT = 90.0
LOG_LINES = 12


def fetch_images() -> None:
    """Pull the images that the engine lacks. Raises `Failed` if there is no engine, or no such image for it."""
    with closing(_engine()) as engine:
        for name in (KAFKA_IMAGE, POSTGRES_IMAGE):
            _fetch(engine, testcontainers_config.hub_image_name_prefix + name)


@contextmanager
def contained() -> Iterator[Servers]:
    """Both servers in containers of their own, answering; they are removed with the context.

    Raises `Failed` if a container doesn't start.
    """
    kafka_container, bootstrap = _kafka()
    postgres_container, dsn = _postgres()
    with ExitStack() as stack, Children() as children:
        for container in (kafka_container, postgres_container):
            _run(container, stack)
        _wait(
            [
                (kafka_container, lambda: kafka.is_answering(Kafka(bootstrap))),
                (postgres_container, lambda: _postgres_answers(dsn)),
            ]
        )
        yield Servers(Kafka(bootstrap), dsn, children)


def _engine() -> docker.DockerClient:
    with _docker_named(
        "No Docker engine answers: start one, or name it in DOCKER_HOST, or leave TEST_PLATFORM unset for the "
        "embedded servers"
    ):
        return DockerClient().client


def _fetch(engine: docker.DockerClient, image: str) -> None:
    with _docker_named(f"Docker could not pull {image}: check the network, or load it by hand"):
        try:
            engine.images.get(image)
        except ImageNotFound:
            engine.images.pull(image)


@contextmanager
def _docker_named(sentence: str) -> Iterator[None]:
    """Give what Docker refuses this sentence (without its full stop), with Docker's own words below."""
    try:
        yield
    except (DockerException, OSError) as error:
        raise Failed(f"{sentence}.", str(error)) from error


def _kafka() -> tuple[DockerContainer, str]:
    """The container, and its bootstrap address, which a broker must know before it starts."""
    container = DockerContainer(KAFKA_IMAGE).with_envs(**KAFKA_SETTINGS)
    address = _published(container, KAFKA_PORT)
    return container.with_env("KAFKA_ADVERTISED_LISTENERS", f"PLAINTEXT://{address}"), address


def _postgres() -> tuple[DockerContainer, str]:
    """The container, and its superuser's DSN."""
    password = secrets.token_hex(16)
    container = (
        DockerContainer(POSTGRES_IMAGE)
        .with_env("POSTGRES_PASSWORD", password)
        .with_env("POSTGRES_INITDB_ARGS", POSTGRES_SORTING)
        .with_command(["postgres", *(part for setting in POSTGRES_SETTINGS for part in ("-c", setting))])
        .with_kwargs(shm_size=POSTGRES_SHARED_MEMORY)
    )
    address = _published(container, POSTGRES_PORT)
    return container, f"postgresql://postgres:{password}@{address}/postgres"


def _published(container: DockerContainer, port: int) -> str:
    """Publish the container's port on a free one of the engine's host; its address there."""
    outside = free_port()
    container.with_bind_ports(port, outside)
    return f"{container.get_docker_client().host()}:{outside}"


def _run(container: DockerContainer, stack: ExitStack) -> None:
    """Start it, and have the stack remove it, however far that comes."""
    stack.callback(container.stop)
    with _docker_named(f"Docker could not run {container.image}: see its reason, and start again"):
        container.start()


def _wait(starting: Sequence[tuple[DockerContainer, Callable[[], bool]]]) -> None:
    """Return when all answer; `Failed` with the end of its log if one ends before, or is too late."""
    deadline = time.monotonic() + START_LIMIT
    while starting := [(container, answers) for container, answers in starting if not answers()]:
        for container, _ in starting:
            _check(container, late=time.monotonic() > deadline)
        time.sleep(0.25)


def _check(container: DockerContainer, late: bool) -> None:
    container.reload()
    if container.status not in ("created", "running"):
        raise Failed(f"{container.image} ended while it started.", _tail(container))
    if late:
        raise Failed(f"{container.image} gave no answer within {START_LIMIT:g} s.", _tail(container))


def _postgres_answers(dsn: str) -> bool:
    try:
        return postgres.is_answering(dsn)
    except asyncpg.PostgresConnectionError:
        # Docker accepts on the published port, and hangs up, as long as nobody listens inside.
        return False


def _tail(container: DockerContainer) -> str:
    log: bytes = container.get_wrapped_container().logs(tail=LOG_LINES)
    return log.decode("utf-8", "replace")
