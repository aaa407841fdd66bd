"""The whole platform for one test: four services and the mailbox as processes, on a corner of the servers."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import httpx
import pytest

from deploy.local.children import Children
from deploy.local.home import forget, locked
from deploy.local.ports import LOOPBACK, free_port
from deploy.local.processes import MAILBOX, PARTNERS, Processes, parts
from shared.contracts.catalogue import TOPICS, outbound
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics


@dataclass(frozen=True)
class Platform:
    """The doors by service, the database by service, and the folder of logs."""

    doors: Mapping[str, httpx.AsyncClient]
    dsns: Mapping[str, str]
    logs: Path
    mails: Path
    processes: Processes

    def log(self, service: str) -> str:
        return (self.logs / f"{service}.log").read_text("utf-8")

    async def holding(self, text: str) -> set[str]:
        """The tables (`schema.table`) in which any row holds this text."""
        return {place for dsn in self.dsns.values() for place in await _holding(dsn, text)}


@pytest.fixture
async def platform(
    dsns: Mapping[str, str], kafka: Kafka, make_topics: MakeTopics, tmp_path: Path
) -> AsyncIterator[Platform]:
    await make_topics([*TOPICS, *(outbound(partner) for partner in PARTNERS)])
    where = {name: free_port() for name in (*dsns, MAILBOX)}
    with locked(tmp_path) as lock, Children([lock]) as children:
        wanted = [
            replace(part, environment={**part.environment, "ALUMNIBUS_TOPIC_PREFIX": kafka.prefix})
            for part in parts(tmp_path, where, dict(dsns), kafka.servers, free_port())
        ]
        processes = Processes(children, tmp_path, wanted)
        try:
            processes.start_all()
            doors = {n: httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}") for n, port in where.items()}
            yield Platform(doors, dsns, tmp_path / "logs", tmp_path / "mail", processes)
            for door in doors.values():
                await door.aclose()
        finally:
            processes.stop_all()
    forget(tmp_path)


async def _holding(dsn: str, text: str) -> list[str]:
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
