"""A service's process: starts its parts, serves until SIGTERM, ends the running batch, leaves."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import asyncpg
import structlog
import uvicorn
from fastapi import FastAPI

from shared.messaging import day_partitions
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.outbox_age import LOOKED_UP_SECONDS, OutboxAge
from shared.messaging.relay.relay import Relay
from shared.postgres.pool import Pool, acquire_within, open_pool
from shared.runtime import audit, health, kept_answers, logs
from shared.runtime.http.admission import REQUESTS_IN_WORK, UPLOADS_IN_WORK
from shared.runtime.http.app import create_app
from shared.runtime.http.connections import IDLE_SECONDS, ClientConnection
from shared.runtime.service import PARTS, Part, Service
from shared.runtime.worker import Worker

log = structlog.get_logger(__name__)

# With the relay's one, 18 connections of a process at most: two processes of each service take 144.
REQUEST_CONNECTIONS = REQUESTS_IN_WORK + UPLOADS_IN_WORK
BACKGROUND_CONNECTIONS = 8
PROBE_CONNECTIONS = 1
START_LOOK_SECONDS = 2.0
CLOSE_SECONDS = 5.0


class Pools(NamedTuple):
    """A pool for each that must not wait for the others: requests, consumer and workers, probes."""

    requests: Pool
    background: Pool
    probes: Pool


def serve_service(service: Service, only: Collection[Part] = PARTS) -> None:
    """Run these parts of the service until SIGTERM or Ctrl-C. Health is answered whatever the parts are.

    Exits with 1 if a part died: a process that lives on without it would look healthy and do nothing.
    """
    logs.configure_logging(service.name)
    end_export = _start_export(service)
    died = False

    def end() -> None:
        nonlocal died
        died = server.should_exit = True

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:
        async with service_lifespan(app, service, only, end):
            yield
        end_export()  # uvicorn ends the process by the signal that it got: nothing behind `run` is done

    app = create_app(service, live, with_api="api" in only)
    server = ProcessServer(
        uvicorn.Config(
            app,
            host=service.settings.http_host,
            port=service.settings.http_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=20,
            timeout_keep_alive=IDLE_SECONDS,
            http=ClientConnection,
            ws="none",
            server_header=False,
            proxy_headers=False,
        )
    )
    server.run()
    if died or not server.started:
        raise SystemExit(1)


class ProcessServer(uvicorn.Server):
    """Tells those who would be answered for ever that it stops, before it waits for their connections."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what is answered, and close."""
        self.config.app.state.ending.set()  # type: ignore[union-attr]
        await super().shutdown(sockets)


def _start_export(service: Service) -> Callable[[], None]:
    """The SDK is loaded where traces are wanted only: it takes time and memory."""
    if service.settings.traces is None:
        return lambda: None
    from shared.traces.export import start_export

    return start_export(service.name, service.settings.traces)


@asynccontextmanager
async def service_lifespan(
    app: FastAPI, service: Service, only: Collection[Part], died: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """Everything that lives as long as the process: the pools, the relay, the consumer, the workers.

    `died` is called when one of them ends by itself.
    """
    settings = service.settings
    app.state.published_topics = {topic for state in service.published() for topic in state.topics}
    personal = {topic for topic in app.state.published_topics if topic.personal}
    relay = None
    if "relay" in only:
        relay = Relay(settings.database, service.name, settings.broker, personal, origin=settings.origin)
    workers = _all_workers(service) if "work" in only else []
    async with open_pools(service) as pools, AsyncExitStack() as parts:
        consumer = None
        if "consumers" in only and service.routes:
            consumer = Consumer(
                service.name,
                service.routes,
                settings.broker,
                pools.background,
                ceiling=settings.parked_ceiling,
            )
        app.state.pool, app.state.probe_pool = pools.requests, pools.probes
        for name, value in health.probe_state(service, relay, consumer, workers).items():
            setattr(app.state, name, value)
        for part in (relay, consumer):
            if part is not None:
                await parts.enter_async_context(running_task(part.run(), died))
        for worker in workers:
            await parts.enter_async_context(running_task(worker.run(pools.background), died))
        await _warn_without_database(pools.probes)
        log.info("service.start.done", parts=sorted(only))
        yield


async def _warn_without_database(pool: Pool) -> None:
    """Each part waits for the database by itself, whenever it comes; so this is one sentence for the log."""
    try:
        async with acquire_within(pool, START_LOOK_SECONDS) as connection:
            await connection.execute("SELECT 1")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        log.warning("service.start.waits", awaited="database", error=type(error).__name__)


@asynccontextmanager
async def open_pools(service: Service) -> AsyncIterator[Pools]:
    """The process's pools, closed at the end, also if the database is silent then."""
    dsn, schema = service.settings.database, service.name
    async with (
        _closed_in_time(await open_pool(dsn, schema, size=REQUEST_CONNECTIONS)) as requests,
        _closed_in_time(await open_pool(dsn, schema, size=BACKGROUND_CONNECTIONS)) as background,
        _closed_in_time(await open_pool(dsn, schema, size=PROBE_CONNECTIONS)) as probes,
    ):
        yield Pools(requests, background, probes)


@asynccontextmanager
async def _closed_in_time(pool: Pool) -> AsyncIterator[Pool]:
    try:
        yield pool
    finally:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await pool.close()
        except TimeoutError:
            pool.terminate()


@asynccontextmanager
async def running_task(
    part: Coroutine[Any, Any, None], died: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """A part that runs in the background, and is cancelled and waited for at the end."""

    leaving = False

    def ended(task: "asyncio.Task[None]") -> None:
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        if not leaving or not task.cancelled():
            log.critical("service.part.died", error=type(error).__name__)
            died()

    task = asyncio.create_task(part)
    task.add_done_callback(ended)
    try:
        yield
    finally:
        leaving = True
        task.cancel()
        await asyncio.wait([task])


def _all_workers(service: Service) -> list[Worker]:
    return [
        *service.workers,
        _partition_worker(),
        _outbox_age_worker(service.name),
        _kept_answers_worker(service.settings.answer_days),
        Worker("audit", partial(audit.tidy_up, days=service.settings.audit_days), every=60),
    ]


def _partition_worker() -> Worker:
    async def keep(pool: Pool) -> int:
        await day_partitions.maintain_partitions(pool, datetime.now(UTC).date())
        return 0

    return Worker("partitions", keep, every=3600)


def _outbox_age_worker(schema: str) -> Worker:
    return Worker("outbox age", OutboxAge(schema).look_up, every=LOOKED_UP_SECONDS)


def _kept_answers_worker(days: int) -> Worker:
    return Worker("kept answers", partial(kept_answers.remove_expired, days=days), every=3600)
