"""The relay: sends what the outbox holds to Kafka, in order, one leader for each schema."""

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from shared.contracts.catalogue import Topic
from shared.messaging import cursor, in_doubt, metrics, outbox, segment_roll
from shared.messaging.cursor import Cursor
from shared.messaging.failpoints import reach
from shared.messaging.in_doubt import Doubt
from shared.messaging.kafka import Kafka
from shared.messaging.message import headers
from shared.messaging.producer import Record, Sender
from shared.postgres.pool import Connection, settings

log = structlog.get_logger(__name__)

PAGE = 500
# After a window more is gathered, the longer the more it held, so that much traffic makes large windows, not many:
# each page and batch costs relay, broker and consumer more than the few messages in it. While nothing comes, the
# rests grow.
GATHER_SECONDS = (0.002, 0.05)
GATHER_SECONDS_A_MESSAGE = 0.001
REST_SECONDS = (0.001, 0.05)
RETRY_SECONDS = (0.2, 5.0)
TIDY_SECONDS = 1.0
# A leader whose process stands still, or whose line is cut, loses its session and so its lock: longer than a send.
LEASE_SECONDS = 30


class Relay:
    """Carries one schema's outbox to Kafka until it is cancelled. At least once: the page that was under way at a
    crash is sent again. On the `personal` topics it also sees to it that what is erased leaves the disk."""

    def __init__(self, dsn: str, schema: str, kafka: Kafka, personal: Collection[Topic] = ()) -> None:
        self._dsn = dsn
        self._schema = schema
        self._source = f"/alumnibus/{schema}"
        self._kafka = kafka
        self._personal = personal
        self._sender = Sender(kafka)
        self._retry = RETRY_SECONDS[0]
        self._under_way: Doubt | None = None
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
        options |= {"synchronous_commit": "off", "idle_session_timeout": f"{LEASE_SECONDS}s"}
        session = await asyncpg.connect(self._dsn, server_settings=options, timeout=10, command_timeout=30)
        try:
            await self._confess(session)
            while not await session.fetchval(
                "SELECT pg_try_advisory_lock(hashtext('relay ' || $1))", self._schema
            ):
                await asyncio.sleep(0.5)
            self._leads(True)
            yield session
        finally:
            self._leads(False)
            await session.close(timeout=5)

    async def _confess(self, session: Connection) -> None:
        """Say what this relay had under way when it failed: it may be written after what a successor sends."""
        if self._under_way is not None:
            await in_doubt.record(session, self._under_way)
            self._under_way = None

    async def _lead(self, session: Connection) -> None:
        place = await self._take(session)
        rest, tidied = REST_SECONDS[0], float("-inf")
        try:
            while True:
                place = await place.opened(session)
                if place.upto is None:
                    rest = await self._rest(rest)
                else:
                    place, rest = await self._window(session, place), REST_SECONDS[0]
                self._works()
                if asyncio.get_running_loop().time() - tidied > TIDY_SECONDS:
                    place = await self._tidy(session, place)
                    tidied = asyncio.get_running_loop().time()
        except asyncio.CancelledError:
            await self._leave(session, place)
            raise

    async def _take(self, session: Connection) -> Cursor:
        """Take the cursor over. If its holder left without a word, the page behind the noted place is in doubt."""
        place, clean = await cursor.take(session)
        log.info("relay.lead.started", schema=self._schema, epoch=place.epoch, clean=clean)
        if place.upto is not None and not clean:
            rows = await place.page(session, PAGE)
            if rows:
                await in_doubt.record(session, Doubt(place.last_id, rows[-1]["id"]))
        return place

    async def _window(self, session: Connection, place: Cursor) -> Cursor:
        sent = 0
        while place.upto is not None:
            place, messages = await self._next_page(session, place)
            sent += messages
        await asyncio.sleep(min(max(sent * GATHER_SECONDS_A_MESSAGE, GATHER_SECONDS[0]), GATHER_SECONDS[1]))
        return place

    async def _next_page(self, session: Connection, place: Cursor) -> tuple[Cursor, int]:
        """Send the page behind the noted place, and note the place behind it unless the window ends there; how many
        messages it held."""
        reach("relay.noted")
        with metrics.PAGE_SECONDS.labels(self._schema).time():
            rows = await place.page(session, PAGE)
            if rows:
                self._under_way = Doubt(place.last_id, rows[-1]["id"])
                await self._send(rows)
                place = place.after(rows[-1]["id"], complete=len(rows) < PAGE)
            else:
                place = place.after(place.last_id, complete=True)
            if place.upto is not None:
                place = await place.noted(session)
        return place, len(rows)

    async def _send(self, rows: Sequence[asyncpg.Record]) -> None:
        await self._sender.send(self._records(rows))
        reach("relay.sent")
        metrics.SENT.labels(self._schema).inc(len(rows))
        metrics.PAGE_SIZE.labels(self._schema).observe(len(rows))

    async def _tidy(self, session: Connection, place: Cursor) -> Cursor:
        """Between windows: note that the last page was sent by a leader, settle a doubt that is due, roll."""
        if self._under_way is not None:
            place = await place.noted(session)
            self._under_way = None
        doubtful = await in_doubt.due(session)
        if doubtful is not None:
            await self._settle(session, doubtful, place.seen)
        if self._personal and await segment_roll.due(session):
            await self._roll(session)
        return place

    async def _settle(self, session: Connection, doubtful: Doubt, sent: str) -> None:
        rows = await in_doubt.newest(session, doubtful, sent)
        for begun in range(0, len(rows), PAGE):
            await self._send(rows[begun : begun + PAGE])
        await in_doubt.settle(session, doubtful)
        log.warning("relay.doubt.settled", schema=self._schema, messages=len(rows))

    async def _roll(self, session: Connection) -> None:
        try:
            for name in sorted(self._kafka.name(topic.name) for topic in self._personal):
                await self._sender.send(segment_roll.records(name, await self._sender.partitions(name)))
        except (KafkaError, TimeoutError) as error:
            log.warning("relay.roll.postponed", schema=self._schema, error=type(error).__name__)
            await segment_roll.postpone(session)
        else:
            await segment_roll.done(session)

    async def _leave(self, session: Connection, place: Cursor) -> None:
        """Leave word that nothing is under way, so that nothing is in doubt. What fails here leaves no word."""
        if place.upto is None:
            try:
                await place.noted(session, clean=True)
            except Exception as error:  # noqa: BLE001 - an end must not become a new attempt
                log.info("relay.leave.silent", schema=self._schema, error=type(error).__name__)

    async def _rest(self, seconds: float) -> float:
        """Wait, but no longer than until this process has written to the outbox; returns how long to wait next."""
        try:
            async with asyncio.timeout(seconds):
                await outbox.written.wait()
        except TimeoutError:
            return min(seconds * 1.5, REST_SECONDS[1])
        outbox.written.clear()
        return REST_SECONDS[0]

    def _records(self, rows: Sequence[asyncpg.Record]) -> list[Record]:
        return [
            Record(
                topic=self._kafka.name(row["topic"]),
                key=row["key"].encode(),
                value=None if row["payload"] is None else row["payload"].encode(),
                headers=headers(row, self._source),
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
