"""Kafka and PostgreSQL together, started at the same time and ended together."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local import kafka, postgres
from deploy.local.children import Children
from deploy.local.failure import Failed
from deploy.local.home import locked_home
from deploy.local.ports import PortFinder, find_free_port
from deploy.local.server import Server, require_answer
from shared.messaging.kafka import Kafka
from shared.runtime.settings import BrokerSettings

KAFKA = "ALUMNIBUS_KAFKA"
POSTGRES = "ALUMNIBUS_POSTGRES"


@dataclass(frozen=True)
class Servers:
    """`kafka` is how its administrator reaches it, `postgres` the superuser's DSN.

    `partners` is how partners reach Kafka, without a user; None of an existing server.
    """

    kafka: Kafka
    postgres: str
    children: Children
    kafka_processes: tuple[Server, ...] = ()
    own_postgres: Server | None = None
    partners: Kafka | None = None

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
    find_port: PortFinder = find_free_port,
) -> Iterator[Servers]:
    """Both servers, answering; they end with the context, and with this process however it ends.

    `durable=False` is for tests: what is committed outlives a killed server, not a fallen machine. `find_port` gives
    one broker the same ports again; several need free ones.
    ALUMNIBUS_KAFKA (host:port, with ALUMNIBUS_KAFKA_USER and …_PASSWORD if it wants them) and ALUMNIBUS_POSTGRES
    (a superuser's DSN) name existing servers to use.
    Raises `Failed`.
    """
    with locked_home(home) as lock, Children([lock]) as children:
        parts: dict[str, Any] = {}
        children.run_together(
            lambda: parts.update(
                _start_postgres(home, children, durable, postgres_settings or {}, find_port)
            ),
            lambda: parts.update(_start_kafka(home, children, brokers, kafka_settings or {}, say, find_port)),
        )
        yield Servers(children=children, **parts)


def _start_kafka(
    home: Path,
    children: Children,
    brokers: int,
    settings: Mapping[str, str],
    say: Callable[[str], None],
    find_port: PortFinder,
) -> dict[str, Any]:
    if os.environ.get(KAFKA):
        existing = BrokerSettings().broker
        require_answer(KAFKA, lambda: kafka.is_answering(existing))
        return {"kafka": existing}
    own, inner, partners = kafka.start_brokers(home, children, brokers, settings, say, find_port)
    return {"kafka": inner, "kafka_processes": tuple(own), "partners": partners}


def _start_postgres(
    home: Path, children: Children, durable: bool, settings: Mapping[str, str], find_port: PortFinder
) -> dict[str, Any]:
    if address := os.environ.get(POSTGRES):
        require_answer(POSTGRES, lambda: postgres.is_answering(address))
        return {"postgres": address}
    own = postgres.start_postgres(home, children, durable, settings, find_port)
    return {"postgres": own.address, "own_postgres": own}
