"""A database that is there and silent: who waits for it hears so in bounded time, and it goes on by itself."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
from fastapi import APIRouter

from shared.access import identification
from shared.access.serving import PUBLIC
from shared.messaging.kafka import Kafka
from shared.postgres import pool as pools
from shared.postgres.pool import open_pool, transaction
from shared.runtime import health, unit_of_work
from shared.runtime.http.admission import REQUESTS_IN_WORK
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.testing.kafka import set_broker
from shared.testing.services import Running, running_service
from shared.testing.waiting import eventually

router = APIRouter(dependencies=[PUBLIC])


@router.get("/one")
async def one(work: UnitOfWorkDep) -> int:
    """Ask the database."""
    async with work.transaction() as tx:
        return int(await tx.fetchval("SELECT 1"))


class Line:
    """A way to PostgreSQL on which nothing travels while it is silent."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.open = asyncio.Event()
        self.open.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(*self._target)
        with suppress(ConnectionError):
            await asyncio.gather(self._pump(reader, forth), self._pump(back, writer))

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                await self.open.wait()
                sink.write(data)
        finally:
            sink.close()


@asynccontextmanager
async def line(dsn: str) -> AsyncIterator[tuple[Line, str]]:
    parts = urlsplit(dsn)
    assert parts.hostname
    assert parts.port
    through = Line(parts.hostname, parts.port)
    server = await asyncio.start_server(through.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    user = parts.netloc.rpartition("@")[0]
    try:
        yield through, urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{port}"))
    finally:
        through.open.set()
        server.close()


async def test_a_silent_database_is_told_in_bounded_time_and_waited_for(
    dsns: Mapping[str, str], kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identification, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(unit_of_work, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(health, "DATABASE_SECONDS", 1.0)
    async with line(dsns["members"]) as (way, dsn):
        set_broker(monkeypatch, kafka)
        settings = Settings(database=dsn)
        async with running_service(
            Service(name="members", settings=settings, folder=Path(__file__).parent, router=router)
        ) as service:
            assert (await service.http.get("/one")).json() == 1
            way.open.clear()

            async with asyncio.timeout(10):
                answers = await asyncio.gather(*(service.http.get("/one") for _ in range(REQUESTS_IN_WORK)))
                probe = await service.http.get("/readyz")

            assert {(a.status_code, a.json()["type"], a.headers["retry-after"]) for a in answers} == {
                (503, "/problems/unavailable", "5")
            }
            assert probe.status_code == 503
            assert probe.json()["checks"]["database"].startswith("away")

            way.open.set()
            await eventually(lambda: answers_again(service))


def test_a_silent_database_is_told_after_ten_seconds(
    dsns: Mapping[str, str], kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_broker(monkeypatch, kafka)
    statuses, seconds = asyncio.run(ask_in_fast_time(dsns["members"]))

    assert statuses == [503] * REQUESTS_IN_WORK
    assert 10 <= seconds < 20


async def ask_in_fast_time(dsn: str) -> tuple[list[int], float]:
    """What as many as are let in at once hear of a silent database, and after how many seconds; ten pass in one."""
    loop = asyncio.get_running_loop()
    async with line(dsn) as (way, through):
        settings = Settings(database=through)
        async with running_service(
            Service(name="members", settings=settings, folder=Path(__file__).parent, router=router)
        ) as service:
            assert await answers_again(service)
            way.open.clear()
            begun, time = loop.time(), loop.time
            loop.time = lambda: begun + 10 * (time() - begun)  # type: ignore[method-assign]
            asking = asyncio.gather(*(service.http.get("/one") for _ in range(REQUESTS_IN_WORK)))
            await eventually(lambda: ended(asking), seconds=300)
            return [answer.status_code for answer in asking.result()], loop.time() - begun


async def ended(work: "asyncio.Future[list[httpx.Response]]") -> bool:
    return work.done()


async def answers_again(service: Running) -> bool:
    return (await service.http.get("/one")).status_code == 200


async def test_a_statement_in_a_transaction_waits_for_a_silent_database_once_and_not_for_its_rollback_too(
    dsns: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "COMMAND_SECONDS", 2.0)
    async with line(dsns["members"]) as (way, dsn), await open_pool(dsn, "members", size=1) as pool:

        async def ask_a_silent_database() -> None:
            async with transaction(pool) as tx:
                way.open.clear()
                await tx.fetchval("SELECT 1")

        asking = asyncio.create_task(ask_a_silent_database())
        await asyncio.wait([asking], timeout=3.5)
        assert asking.done()
        assert isinstance(asking.exception(), TimeoutError)

        way.open.set()
        async with transaction(pool) as tx:
            assert await tx.fetchval("SELECT 1") == 1
