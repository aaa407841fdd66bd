"""The inbound way: batches from Kafka, each applied in one transaction with its position, parked where it can't be.

The one handler never raises: after an exception the next commit would pass the failed batch.
"""

import asyncio
import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from shared.messaging import batch, metrics
from shared.messaging.assignment import Assignment, Takeover
from shared.messaging.batch import Received
from shared.messaging.batch_processor import GaveUp, Settlement
from shared.messaging.kafka import Kafka
from shared.messaging.positions import Superseded
from shared.messaging.routes import Routes
from shared.messaging.watchdog import Stuck, Watchdog
from shared.postgres.pool import Pool

log = structlog.get_logger(__name__)

START_SECONDS = (1.0, 2.5)
HINT_SECONDS = 0.5
GRACE_SECONDS = 30
# A consumer whose topic was deleted has no partitions; so soon it learns that it was made anew.
METADATA_SECONDS = 10
# FastStream naps after each look that found nothing, for as long as it told the client to look.
NAP_SECONDS = 0.01
LOOK_SECONDS = 0.5
# Of each partition; the client holds one fetch of each while a batch is applied. A larger message comes all the same.
FETCH_BYTES = 256 * 1024


class Fetched(NamedTuple):
    """Records, and the epoch of the assignment in which they were fetched."""

    epoch: int
    records: "Sequence[ConsumerRecord[bytes, bytes]]"


class Inbound:
    """One service's consumer: its routes, until cancelled. Effect once, in the order of each key."""

    def __init__(self, name: str, routes: Routes, kafka: Kafka, pool: Pool, *, ceiling: int = 100) -> None:
        self.name = name
        self.assignment = Assignment()
        self._topics = {kafka.name(topic.name): topic for topic in routes}
        self._absent: str | None = None
        self._hinted: dict[TopicPartition, int] = {}
        self._settlement = Settlement(name, routes, pool, self.assignment, ceiling)
        self._takeover = Takeover(self._consumer, pool, name, self._topics.__getitem__, self.assignment)
        self._watchdog = Watchdog(name, kafka, pool, self._consumer, self.assignment)
        self._broker = KafkaBroker(
            kafka.servers.split(","),
            consumer_only=True,
            graceful_timeout=GRACE_SECONDS,
            metadata_max_age_ms=METADATA_SECONDS * 1000,
            apply_types=False,
            logger=None,
        )
        self._subscriber = self._broker.subscriber(
            *self._topics,
            batch=True,
            group_id=kafka.name(name),
            max_records=1000,
            max_partition_fetch_bytes=FETCH_BYTES,
            batch_timeout_ms=int(NAP_SECONDS * 1000),
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            parser=self._raw,
            decoder=_undecoded,
            listener=self._takeover,
            max_poll_interval_ms=2**31 - 1,
            rebalance_timeout_ms=120_000,
        )
        self._subscriber(self._handle)

    async def run(self) -> None:
        """Consume until cancelled; starts again if the broker is away, or the watchdog bites. Raises `Stuck`."""
        try:
            await self._start()
            while True:
                await asyncio.sleep(HINT_SECONDS)
                await self._hint()
                await self._takeover.look()
                if await self._watchdog.bites(excused=self.trouble is not None):
                    await self._restart()
        finally:
            self.assignment.close()
            await self._end()

    @property
    def trouble(self) -> str | None:
        """For what it waits, if it does: the broker before its start, or what a batch needs."""
        return self._absent or self._settlement.trouble

    @property
    def still(self) -> float:
        """For how many seconds it has had records to read, and not moved."""
        return self._watchdog.still

    async def _start(self) -> None:
        while not await self._started():
            await asyncio.sleep(random.uniform(*START_SECONDS))

    async def _restart(self) -> None:
        log.error("inbound.watchdog.restart", consumer=self.name)
        metrics.RESTARTS.labels(self.name).inc()
        self.assignment.close()
        if not await self._end():
            raise Stuck
        self.assignment.open()
        await self._start()

    async def _started(self) -> bool:
        try:
            await self._broker.start()
        except (KafkaError, OSError) as error:
            self._absent = type(error).__name__
            log.warning("inbound.start.failed", consumer=self.name, error=self._absent)
            await self._broker.stop()
            return False
        _look_long(self._consumer())
        self._absent = None
        return True

    async def _end(self) -> bool:
        """Let the running batch end and leave the group; nobody waits for a broker that doesn't answer (False)."""
        leaving = asyncio.create_task(self._broker.stop())
        done, _ = await asyncio.wait([leaving], timeout=GRACE_SECONDS)
        if not done:
            log.warning("inbound.end.abandoned", consumer=self.name)
        return bool(done)

    async def _handle(self, fetched: Fetched) -> None:
        async with self.assignment.turn:
            received = self._fresh(fetched)
            if not received:
                return
            metrics.BATCH_SIZE.labels(self.name).observe(len(received))
            try:
                with metrics.BATCH_SECONDS.labels(self.name).time():
                    await self._settlement.settle(received)
            except Superseded:
                log.warning("batch.apply.superseded", consumer=self.name)
                await self._takeover.reread()
            except GaveUp:
                log.info("batch.apply.given_up", consumer=self.name)

    def _fresh(self, fetched: Fetched) -> list[Received]:
        """What is ours and wasn't applied yet. While the partitions are leaving nothing is: a batch that was
        given up must not be passed over by the next one."""
        if self.assignment.leaving or fetched.epoch != self.assignment.epoch:
            return []
        self._takeover.stop_at_gaps(fetched.records)
        expected = self.assignment.expected
        return [
            batch.receive(self._topics[record.topic], record)
            for record in fetched.records
            if record.offset >= expected.get(TopicPartition(record.topic, record.partition), 2**63)
        ]

    async def _hint(self) -> None:
        """Tell Kafka where we stand, for tools that show lag; nothing depends on it."""
        consumer, expected = self._consumer(), dict(self.assignment.expected)
        if consumer is None or expected == self._hinted or not expected:
            return
        try:
            await consumer.commit(expected)
            self._hinted = expected
        except (KafkaError, ValueError, AssertionError) as error:
            log.debug("inbound.hint.failed", consumer=self.name, error=type(error).__name__)

    def _consumer(self) -> AIOKafkaConsumer | None:
        return self._subscriber.consumer

    async def _raw(self, records: "Sequence[ConsumerRecord[bytes, bytes]]") -> KafkaAckableMessage:
        fetched = Fetched(self.assignment.epoch, records)
        return KafkaAckableMessage(body=fetched, raw_message=records, headers={}, consumer=self._consumer())


def _look_long(consumer: AIOKafkaConsumer) -> None:
    """Let it look for longer than FastStream naps, so that a record that comes alone seldom meets it asleep."""
    look = consumer.getmany

    async def getmany(*, timeout_ms: int, max_records: int) -> Any:
        return await look(timeout_ms=max(timeout_ms, int(LOOK_SECONDS * 1000)), max_records=max_records)

    consumer.getmany = getmany


async def _undecoded(message: KafkaAckableMessage) -> Any:
    return message.body
