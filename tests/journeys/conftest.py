"""The whole platform for one test: four services and the mailbox as processes, on a corner of the servers."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import asyncpg
import httpx
import pytest

from deploy.kafka.cluster import open_cluster
from deploy.kafka.principals import admit_services
from deploy.local.children import Children
from deploy.local.home import get_secret, locked_home, reset_home
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.processes import DOOR, ISSUER, MAILBOX, PARTNERS, Processes, build_parts
from deploy.postgres.roles import SERVICES
from shared.contracts.catalogue import TOPICS, outbound
from shared.messaging.kafka import Kafka
from shared.testing.access import ENVIRONMENT, SESSION_KEYS
from shared.testing.kafka import MakeTopics
from shared.testing.services import sign_in

Environments: TypeAlias = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Platform:
    """The HTTP clients by service, the database by service, and the folders of all, of logs and mails.

    The services' clients ask as `Running.http` does: as an operator and coordinator.
    """

    clients: Mapping[str, httpx.AsyncClient]
    dsns: Mapping[str, str]
    home: Path
    logs: Path
    mails: Path
    processes: Processes

    def read_log(self, service: str) -> str:
        return (self.logs / f"{service}.log").read_text("utf-8")

    async def find_tables_with(self, text: str) -> set[str]:
        """The tables (`schema.table`) in which any row holds this text."""
        return {table for dsn in self.dsns.values() for table in await _tables_with(dsn, text)}


@pytest.fixture
def environments() -> Environments:
    """What the environment of a service has otherwise than the demo's."""
    return {}


@pytest.fixture
async def platform(
    dsns: Mapping[str, str],
    kafka: Kafka,
    make_topics: MakeTopics,
    environments: Environments,
    tmp_path: Path,
) -> AsyncIterator[Platform]:
    await make_topics([*TOPICS, *(outbound(partner) for partner in PARTNERS)])
    ports = {name: free_port() for name in (DOOR, *dsns, MAILBOX, ISSUER)}
    with locked_home(tmp_path) as lock, Children([lock]) as children:
        if kafka.user:
            with open_cluster(kafka) as cluster:
                passwords = {service: get_secret(tmp_path, f"kafka-{service}") for service in dsns}
                admit_services(cluster, passwords, kafka.prefix)
        wanted = [
            replace(
                part,
                environment={**part.environment, **_name_keys(part.name), **environments.get(part.name, {})},
            )
            for part in build_parts(tmp_path, ports, dict(dsns), kafka, free_port())
        ]
        processes = Processes(children, tmp_path, wanted)
        try:
            processes.start_all()
            signed_in = {service: await sign_in(dsn, service) for service, dsn in dsns.items()}
            clients = {
                n: httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", headers=signed_in.get(n))
                for n, port in ports.items()
            }
            yield Platform(clients, dsns, tmp_path, tmp_path / "logs", tmp_path / "mail", processes)
            for client in clients.values():
                await client.aclose()
        finally:
            processes.stop_all()
    reset_home(tmp_path)


def _name_keys(part: str) -> Mapping[str, str]:
    """The tests' own keys, with which they sign sessions; members alone signs any."""
    if part == "members":
        return ENVIRONMENT
    return {"ALUMNIBUS_SESSION_KEYS": SESSION_KEYS} if part in SERVICES else {}


async def _tables_with(dsn: str, text: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch(
            "SELECT schemaname || '.' || quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = current_user"
        )
        return [
            row["name"]
            for row in tables
            if await connection.fetchval(
                f"SELECT EXISTS (SELECT FROM {row['name']} t WHERE t::text ILIKE '%' || $1 || '%')", text
            )
        ]
    finally:
        await connection.close()
