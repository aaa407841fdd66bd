"""The relay: sends what the outbox holds to Kafka, in order, one leader for each schema."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from shared.backoff import backoff_seconds
from shared.contracts.catalogue import Topic, source_of
from shared.messaging import metrics, outbox
from shared.messaging.failpoints import failpoint
from shared.messaging.kafka import Kafka
from shared.messaging.message import build_headers, published_time
from shared.messaging.missing_topics import describe_trouble
from shared.messaging.relay import in_doubt, segment_roll, traces
from shared.messaging.relay.cursor import PLANS, Cursor, take_over_cursor
from shared.messaging.relay.in_doubt import InDoubtPage
from shared.messaging.relay.producer import OutgoingRecord, PageProducer
from shared.postgres.locks import lock_key
from shared.postgres.pool import Connection, session_settings

log = structlog.get_logger(__name__)

PAGE = 500
# After a window more is gathered, the longer the more it held, so that much traffic makes large windows, not many:
# each page and batch costs relay, broker and consumer more than the few messages in it. While nothing comes, the
# rests grow.
GATHER_SECONDS = (0.002, 0.05)
GATHER_SECONDS_A_MESSAGE = 0.001
REST_SECONDS = (0.001, 0.05)
RETRY_SECONDS = (0.2, 5.0)
HOUSEKEEPING_SECONDS = 1.0
# A leader whose process is stopped, or whose connection is cut, loses its session and so its lock: longer than a send.
LEASE_SECONDS = 30


class Relay:
    """Carries one schema's outbox to Kafka until it is cancelled. At least once: the page that was in flight at a
    crash is sent again. On the `personal` topics it also sees to it that what is erased leaves the disk.

    `origin` is where clients reach the deployment, "https://host": messages name their schema by it."""

    def __init__(
        self, dsn: str, schema: str, kafka: Kafka, personal: Collection[Topic] = (), *, origin: str
    ) -> None:
        self._dsn = dsn
        self._schema = schema
        self._source = source_of(schema)
        self._origin = origin
        self._kafka = kafka
        self._personal = personal
        self._producer = PageProducer(kafka)
        self._failures = 0
        self._in_flight: InDoubtPage | None = None
        self.leading = False
        self.trouble: str | None = None

    async def run(self) -> None:
        """Lead, or wait to lead. Every failure is logged, waited out, and begun again from the cursor."""
        while True:
            try:
                async with self._leadership() as session:
                    await self._lead_until_deposed(session)
            except Exception as error:  # noqa: BLE001 - whatever it was, the cursor says where to go on
                self.trouble = describe_trouble(error)
                log.warning("relay.lead.failed", schema=self._schema, error=self.trouble)
                await asyncio.sleep(backoff_seconds(self._failures, *RETRY_SECONDS))
                self._failures += 1
            finally:
                await self._producer.close()

    @asynccontextmanager
    async def _leadership(self) -> AsyncIterator[Connection]:
        options = session_settings(self._schema, f"alumnibus-{self._schema}-relay") | PLANS
        options |= {"synchronous_commit": "off", "idle_session_timeout": f"{LEASE_SECONDS}s"}
        session = await asyncpg.connect(self._dsn, server_settings=options, timeout=10, command_timeout=30)
        try:
            await self._record_in_doubt(session)
            while not await session.fetchval(f"SELECT pg_try_advisory_lock({lock_key('relay')})"):
                await asyncio.sleep(0.5)
            self._set_leading(True)
            yield session
        finally:
            self._set_leading(False)
            await session.close(timeout=5)

    async def _record_in_doubt(self, session: Connection) -> None:
        """Record what this relay had in flight when it failed: it may be written after what a successor sends."""
        if self._in_flight is not None:
            await in_doubt.record_page(session, self._in_flight)
            self._in_flight = None

    async def _lead_until_deposed(self, session: Connection) -> None:
        cursor = await self._take_over(session)
        rest, tidied = REST_SECONDS[0], float("-inf")
        try:
            while True:
                cursor = await cursor.open_window(session)
                if cursor.upto is None:
                    rest = await self._wait_for_rows(rest)
                else:
                    cursor, rest = await self._send_window(session, cursor), REST_SECONDS[0]
                self._clear_trouble()
                if asyncio.get_running_loop().time() - tidied > HOUSEKEEPING_SECONDS:
                    cursor = await self._keep_house(session, cursor)
                    tidied = asyncio.get_running_loop().time()
        except asyncio.CancelledError:
            await self._save_clean_end(session, cursor)
            raise

    async def _take_over(self, session: Connection) -> Cursor:
        """Take the cursor over. Unless its holder saved a clean end, the page behind the saved cursor is in doubt."""
        cursor, clean = await take_over_cursor(session)
        log.info("relay.lead.started", schema=self._schema, epoch=cursor.epoch, clean=clean)
        if cursor.upto is not None and not clean:
            rows = await cursor.read_page(session, PAGE)
            if rows:
                await in_doubt.record_page(session, InDoubtPage(cursor.last_id, rows[-1]["id"]))
        return cursor

    async def _send_window(self, session: Connection, cursor: Cursor) -> Cursor:
        sent = 0
        while cursor.upto is not None:
            cursor, messages = await self._send_next_page(session, cursor)
            sent += messages
        await asyncio.sleep(min(max(sent * GATHER_SECONDS_A_MESSAGE, GATHER_SECONDS[0]), GATHER_SECONDS[1]))
        return cursor

    async def _send_next_page(self, session: Connection, cursor: Cursor) -> tuple[Cursor, int]:
        """Send the page behind the saved cursor, and save the cursor behind it unless the window ends there; how many
        messages it held."""
        failpoint("relay.saved")
        with metrics.PAGE_SECONDS.labels(self._schema).time():
            rows = await cursor.read_page(session, PAGE)
            if rows:
                self._in_flight = InDoubtPage(cursor.last_id, rows[-1]["id"])
                await self._send_rows(rows)
                cursor = cursor.moved_to(rows[-1]["id"], complete=len(rows) < PAGE)
            else:
                cursor = cursor.moved_to(cursor.last_id, complete=True)
            if cursor.upto is not None:
                cursor = await cursor.save(session)
        return cursor, len(rows)

    async def _send_rows(self, rows: Sequence[asyncpg.Record]) -> None:
        with traces.sending_page(self._build_records(rows)) as records:
            await self._producer.send_page(records)
        failpoint("relay.sent")
        metrics.SENT.labels(self._schema).inc(len(rows))
        metrics.PAGE_SIZE.labels(self._schema).observe(len(rows))

    async def _keep_house(self, session: Connection, cursor: Cursor) -> Cursor:
        """Between windows: save that the last page was sent, resend a page in doubt that is due, roll segments."""
        if self._in_flight is not None:
            cursor = await cursor.save(session)
            self._in_flight = None
        page = await in_doubt.find_due_page(session)
        if page is not None:
            await self._resend_newest(session, page, cursor.seen)
        if self._personal and await segment_roll.is_due(session):
            await self._roll_segments(session)
        return cursor

    async def _resend_newest(self, session: Connection, page: InDoubtPage, sent: str) -> None:
        rows = await in_doubt.read_newest_rows(session, page, sent)
        for begun in range(0, len(rows), PAGE):
            await self._send_rows(rows[begun : begun + PAGE])
        await in_doubt.delete_page(session, page)
        log.warning("relay.in_doubt.resent", schema=self._schema, messages=len(rows))

    async def _roll_segments(self, session: Connection) -> None:
        try:
            for name in sorted(self._kafka.topic_name(topic.name) for topic in self._personal):
                await self._producer.send_page(
                    segment_roll.build_records(name, await self._producer.count_partitions(name))
                )
        except (KafkaError, TimeoutError) as error:
            log.warning("relay.roll.postponed", schema=self._schema, error=type(error).__name__)
            await segment_roll.postpone_roll(session)
        else:
            await segment_roll.mark_done(session)

    async def _save_clean_end(self, session: Connection, cursor: Cursor) -> None:
        """Save that nothing is in flight, so that nothing is in doubt. If this fails, the next leader resends."""
        if cursor.upto is None:
            try:
                await cursor.save(session, clean=True)
            except Exception as error:  # noqa: BLE001 - an end must not become a new attempt
                log.info("relay.leave.unsaved", schema=self._schema, error=type(error).__name__)

    async def _wait_for_rows(self, seconds: float) -> float:
        """Wait, but no longer than until this process has written to the outbox; returns how long to wait next."""
        try:
            async with asyncio.timeout(seconds):
                await outbox.rows_written.wait()
        except TimeoutError:
            return min(seconds * 1.5, REST_SECONDS[1])
        outbox.rows_written.clear()
        return REST_SECONDS[0]

    def _build_records(self, rows: Sequence[asyncpg.Record]) -> list[OutgoingRecord]:
        return [
            OutgoingRecord(
                topic=self._kafka.topic_name(row["topic"]),
                key=row["key"].encode(),
                value=None if row["payload"] is None else row["payload"].encode(),
                headers=build_headers(row, self._source, self._origin),
                timestamp_ms=int(published_time(row).timestamp() * 1000),
            )
            for row in rows
        ]

    def _clear_trouble(self) -> None:
        self.trouble = None
        self._failures = 0

    def _set_leading(self, leading: bool) -> None:
        self.leading = leading
        metrics.LEADER.labels(self._schema).set(leading)
