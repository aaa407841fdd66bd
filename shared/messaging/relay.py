"""The relay: sends what the outbox holds to Kafka, in order, one leader for each schema."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import structlog

from shared.messaging import cursor, metrics
from shared.messaging.cursor import Cursor
from shared.messaging.failpoints import reach
from shared.messaging.kafka import Kafka
from shared.messaging.message import headers
from shared.messaging.sender import Record, Sender
from shared.postgres.pool import Connection, settings

log = structlog.get_logger(__name__)

PAGE = 500
REST_SECONDS = (0.005, 0.05)
RETRY_SECONDS = (0.2, 5.0)
SAVE_IDLE_SECONDS = 60.0


class Relay:
    """Carries one schema's outbox to Kafka until it is cancelled. At least once: what was sent before a crash
    but not saved is sent again."""

    def __init__(self, dsn: str, schema: str, kafka: Kafka) -> None:
        self._dsn = dsn
        self._schema = schema
        self._kafka = kafka
        self._sender = Sender(kafka)
        self._retry = RETRY_SECONDS[0]
        self.leading = False
        self.trouble: str | None = None

    async def run(self) -> None:
        """Lead, or wait to lead. Every failure is logged, waited out, and begun again from the cursor."""
        while True:
            try:
                async with self._leadership() as session:
                    await self._lead(session)
            except Exception as error:  # noqa: BLE001 - whatever it was, the cursor says where to go on
                self.trouble = type(error).__name__
                log.warning(
                    "relay.lead.failed", schema=self._schema, error=self.trouble, detail=str(error)[:200]
                )
                await asyncio.sleep(self._retry * random.uniform(0.5, 1))
                self._retry = min(self._retry * 2, RETRY_SECONDS[1])
            finally:
                await self._sender.close()

    @asynccontextmanager
    async def _leadership(self) -> AsyncIterator[Connection]:
        options = settings(self._schema, f"alumnibus-{self._schema}-relay") | cursor.PLANS
        options["synchronous_commit"] = "off"
        session = await asyncpg.connect(self._dsn, server_settings=options, timeout=10, command_timeout=60)
        try:
            while not await session.fetchval(
                "SELECT pg_try_advisory_lock(hashtext('relay ' || $1))", self._schema
            ):
                await asyncio.sleep(0.5)
            self._leads(True)
            yield session
        finally:
            self._leads(False)
            await session.close(timeout=5)

    async def _lead(self, session: Connection) -> None:
        place = await cursor.take(session)
        rest, saved = REST_SECONDS[0], asyncio.get_running_loop().time()
        log.info("relay.lead.started", schema=self._schema, epoch=place.epoch)
        while True:
            if place.upto is None:
                place = await place.opened(session)
            if place.upto is not None:
                place = await self._next_page(session, place)
                self._works()
                rest, saved = REST_SECONDS[0], asyncio.get_running_loop().time()
                continue
            self._works()
            if asyncio.get_running_loop().time() - saved > SAVE_IDLE_SECONDS:
                await place.save(session)
                saved = asyncio.get_running_loop().time()
            await asyncio.sleep(rest)
            rest = min(rest * 1.5, REST_SECONDS[1])

    async def _next_page(self, session: Connection, place: Cursor) -> Cursor:
        with metrics.PAGE_SECONDS.labels(self._schema).time():
            rows = await place.page(session, PAGE)
            if rows:
                await self._sender.send(self._records(rows))
                reach("relay.sent")
            last_id = rows[-1]["id"] if rows else place.last_id
            place = place.after(last_id, complete=len(rows) < PAGE)
            await place.save(session)
            reach("relay.saved")
        metrics.SENT.labels(self._schema).inc(len(rows))
        return place

    def _records(self, rows: Sequence[asyncpg.Record]) -> list[Record]:
        source = f"/alumnibus/{self._schema}"
        return [
            Record(
                topic=self._kafka.name(row["topic"]),
                key=row["key"].encode(),
                value=None if row["payload"] is None else row["payload"].encode(),
                headers=headers(row, source),
                timestamp_ms=int(row["at"].timestamp() * 1000),
            )
            for row in rows
        ]

    def _works(self) -> None:
        self.trouble = None
        self._retry = RETRY_SECONDS[0]

    def _leads(self, leading: bool) -> None:
        self.leading = leading
        metrics.LEADER.labels(self._schema).set(leading)
