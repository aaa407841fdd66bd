"""Kafka and PostgreSQL together, started at the same time and ended together."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import kafka, postgres
from deploy.local.children import Children
from deploy.local.failure import Failed
from deploy.local.home import locked_home
from deploy.local.server import Server, existing_address

KAFKA = "ALUMNIBUS_KAFKA"
POSTGRES = "ALUMNIBUS_POSTGRES"


@dataclass(frozen=True)
class Servers:
    """`kafka` is the bootstrap address "host:port[,host:port…]", `postgres` the superuser's DSN."""

    kafka: str
    postgres: str
    children: Children
    kafka_processes: tuple[Server, ...]
    own_postgres: Server | None

    @property
    def kafka_process(self) -> Server:
        """The first broker; `Failed` if Kafka is an existing server that isn't ours to handle."""
        if not self.kafka_processes:
            raise Failed(f"{KAFKA} names an existing server: unset it to let a test stop and start one.")
        return self.kafka_processes[0]

    @property
    def postgres_process(self) -> Server:
        """PostgreSQL; `Failed` if it is an existing server that isn't ours to handle."""
        if self.own_postgres is None:
            raise Failed(f"{POSTGRES} names an existing server: unset it to let a test stop and start one.")
        return self.own_postgres

    def check_running(self) -> None:
        """`Failed` if one of our own servers has ended."""
        for server in (*self.kafka_processes, *([self.own_postgres] if self.own_postgres else [])):
            server.check_running()


def say_nothing(line: str) -> None:
    """Say nothing while it works."""


@contextmanager
def running_servers(
    home: Path,
    brokers: int = 1,
    durable: bool = True,
    *,
    kafka_settings: Mapping[str, str] | None = None,
    postgres_settings: Mapping[str, str] | None = None,
    say: Callable[[str], None] = say_nothing,
) -> Iterator[Servers]:
    """Both servers, answering; they end with the context, and with this process however it ends.

    `durable=False` is for tests: what is committed outlives a killed server, not a fallen machine.
    ALUMNIBUS_KAFKA (host:port) and ALUMNIBUS_POSTGRES (a superuser's DSN) name existing servers to use.
    Raises `Failed`.
    """
    with locked_home(home) as lock, Children([lock]) as children:
        (own_postgres, dsn), (own_kafka, bootstrap) = children.run_together(
            lambda: _start_postgres(home, children, durable, postgres_settings or {}),
            lambda: _start_kafka(home, children, brokers, kafka_settings or {}, say),
        )
        yield Servers(bootstrap, dsn, children, own_kafka, next(iter(own_postgres), None))


def _start_kafka(
    home: Path, children: Children, brokers: int, settings: Mapping[str, str], say: Callable[[str], None]
) -> tuple[tuple[Server, ...], str]:
    if address := os.environ.get(KAFKA):
        return (), existing_address(KAFKA, address, lambda: kafka.is_answering(address))
    own = kafka.start_brokers(home, children, brokers, settings, say)
    return tuple(own), ",".join(server.address for server in own)


def _start_postgres(
    home: Path, children: Children, durable: bool, settings: Mapping[str, str]
) -> tuple[tuple[Server, ...], str]:
    if address := os.environ.get(POSTGRES):
        return (), existing_address(POSTGRES, address, lambda: postgres.is_answering(address))
    own = postgres.start_postgres(home, children, durable, settings)
    return (own,), own.address
