"""The consumer: batches from Kafka, each applied in one transaction with its position, parked where it can't be.

The one handler never raises: after an exception the next commit would pass the failed batch.
"""

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from shared.backoff import backoff_seconds
from shared.messaging import metrics
from shared.messaging.broker_security import build_security
from shared.messaging.consumer import batch, traces
from shared.messaging.consumer.assignment import Assignment, RebalanceListener
from shared.messaging.consumer.batch import ReceivedRecord
from shared.messaging.consumer.batch_processor import BatchAbandoned, BatchProcessor
from shared.messaging.consumer.positions import Superseded
from shared.messaging.consumer.routes import Routes
from shared.messaging.consumer.watchdog import ConsumerStuck, Watchdog
from shared.messaging.kafka import Kafka
from shared.messaging.message import mark_restored
from shared.messaging.missing_topics import describe_trouble, require_topics
from shared.postgres.pool import Pool

log = structlog.get_logger(__name__)

START_SECONDS = (1.0, 5.0)
HINT_SECONDS = 0.5
# What a running batch has at the end, and what leaving the group has after it.
GRACE_SECONDS = 25
LEAVE_SECONDS = 5
# A consumer whose topic was deleted has no partitions; so soon it learns that it was created again.
METADATA_SECONDS = 10
# So soon a member of a group learns that another came or went.
HEARTBEAT_SECONDS = 3.0
# FastStream sleeps after each poll that found nothing, for as long as it let the client poll.
SLEEP_SECONDS = 0.01
POLL_SECONDS = 0.5
# Of each partition; the client holds one fetch of each while a batch is applied. A larger message comes all the same.
FETCH_BYTES = 256 * 1024


class FetchedBatch(NamedTuple):
    """Records, and the epoch of the assignment in which they were fetched."""

    epoch: int
    records: "Sequence[ConsumerRecord[bytes, bytes]]"


class Consumer:
    """One service's consumer: its routes, until cancelled. Effect once, in the order of each key."""

    def __init__(self, name: str, routes: Routes, kafka: Kafka, pool: Pool, *, ceiling: int = 100) -> None:
        self.name = name
        self.assignment = Assignment()
        self._restarts = metrics.RESTARTS.labels(name)
        self._kafka = kafka
        self._group = kafka.topic_name(name)
        self._topics = {kafka.topic_name(topic.name): topic for topic in routes}
        self._broker_trouble: str | None = None
        self._applying = asyncio.Lock()
        self._committed_hint: dict[TopicPartition, int] = {}
        self._processor = BatchProcessor(name, routes, pool, self.assignment, ceiling)
        self._listener = RebalanceListener(
            self._kafka_consumer, pool, name, self._topics.__getitem__, self.assignment
        )
        self._watchdog = Watchdog(name, kafka, pool, self._kafka_consumer, self.assignment)
        self._broker = KafkaBroker(
            kafka.servers.split(","),
            security=build_security(kafka),
            consumer_only=True,
            graceful_timeout=GRACE_SECONDS,
            metadata_max_age_ms=METADATA_SECONDS * 1000,
            apply_types=False,
            logger=None,
        )
        self._subscriber = self._broker.subscriber(
            *self._topics,
            batch=True,
            group_id=self._group,
            max_records=1000,
            max_partition_fetch_bytes=FETCH_BYTES,
            batch_timeout_ms=int(SLEEP_SECONDS * 1000),
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            parser=self._wrap_records,
            decoder=_pass_through,
            listener=self._listener,
            max_poll_interval_ms=2**31 - 1,
            heartbeat_interval_ms=int(HEARTBEAT_SECONDS * 1000),
            rebalance_timeout_ms=120_000,
        )
        self._subscriber(self._handle_batch)

    async def run(self) -> None:
        """Consume until cancelled, across outages and restarts by the watchdog. Raises `ConsumerStuck`."""
        try:
            await self._start_until_possible()
            while True:
                await asyncio.sleep(HINT_SECONDS)
                await self._commit_hint()
                await self._listener.check_topic_ids()
                if await self._watchdog.restart_due(excused=self.trouble is not None):
                    await self._restart_consumer()
        finally:
            self.assignment.close()
            await self._leave_group()

    @property
    def trouble(self) -> str | None:
        """For what it waits, if it does: the broker before its start, or what a batch needs."""
        return self._broker_trouble or self._processor.trouble

    @property
    def stalled_seconds(self) -> float:
        """For how many seconds it has had records to read, and not moved."""
        return self._watchdog.stalled_seconds

    @property
    def alarms(self) -> Mapping[str, int]:
        """How many things wait for an operator, by kind, as counted some seconds ago."""
        return {kind: number for kind, number in self._watchdog.alarms.items() if number}

    @property
    def missing_topic(self) -> str | None:
        """A topic that was there at the start and isn't any more, if there is one."""
        consumer = self._kafka_consumer()
        lacks = (name for name in self._topics if consumer and consumer.partitions_for_topic(name) is None)
        return self.assignment.missing or next(lacks, None)

    async def _start_until_possible(self) -> None:
        for attempt in itertools.count():
            if await self._try_start():
                return
            await asyncio.sleep(backoff_seconds(attempt, *START_SECONDS))

    async def _restart_consumer(self) -> None:
        log.error("consumer.watchdog.restart", consumer=self.name)
        self._restarts.inc()
        self.assignment.close()
        if not await self._leave_group():
            raise ConsumerStuck
        self.assignment.open()
        await self._start_until_possible()

    async def _try_start(self) -> bool:
        try:
            await require_topics(self._kafka, self._topics)
            await self._broker.start()
        except (KafkaError, OSError) as error:
            self._broker_trouble = describe_trouble(error)
            log.warning("consumer.start.failed", consumer=self.name, error=self._broker_trouble)
            await self._broker.stop()
            return False
        _poll_longer(self._kafka_consumer())
        self._broker_trouble = None
        return True

    async def _leave_group(self) -> bool:
        """Let the running batch end and leave the group; nobody waits for a broker that doesn't answer (False)."""
        leaving = asyncio.create_task(self._broker.stop())
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_SECONDS), self._applying:
                pass
        done, _ = await asyncio.wait([leaving], timeout=LEAVE_SECONDS)
        if not done:
            log.warning("consumer.end.abandoned", consumer=self.name)
        return bool(done)

    async def _handle_batch(self, fetched: FetchedBatch) -> None:
        async with self.assignment.lock, self._applying:
            received = self._parse_unapplied(fetched)
            if not received:
                return
            metrics.BATCH_SIZE.labels(self.name).observe(len(received))
            try:
                with (
                    metrics.BATCH_SECONDS.labels(self.name).time(),
                    traces.processing_batch(self._group, received) as traced,
                ):
                    await self._processor.process_batch(traced)
            except Superseded:
                log.warning("batch.apply.superseded", consumer=self.name)
                await self._listener.reread_positions()
            except BatchAbandoned:
                log.info("batch.apply.given_up", consumer=self.name)

    def _parse_unapplied(self, fetched: FetchedBatch) -> list[ReceivedRecord]:
        """What is ours and wasn't applied yet. While the partitions are leaving nothing is: a batch that was
        given up must not be passed over by the next one."""
        if self.assignment.leaving or fetched.epoch != self.assignment.epoch:
            return []
        self._listener.stop_at_gaps(fetched.records)
        expected = self.assignment.next_offsets
        return [
            batch.parse_record(self._topics[record.topic], self._mark_history(record))
            for record in fetched.records
            if record.offset >= expected.get(TopicPartition(record.topic, record.partition), 2**63)
        ]

    def _mark_history(self, record: "ConsumerRecord[bytes, bytes]") -> "ConsumerRecord[bytes, bytes]":
        end = self.assignment.history_ends.get(TopicPartition(record.topic, record.partition), 0)
        return mark_restored(record) if record.offset < end else record

    async def _commit_hint(self) -> None:
        """Tell Kafka the positions, for tools that show lag; nothing depends on it."""
        consumer, expected = self._kafka_consumer(), dict(self.assignment.next_offsets)
        if consumer is None or expected == self._committed_hint or not expected:
            return
        try:
            await consumer.commit(expected)
            self._committed_hint = expected
        except (KafkaError, ValueError, AssertionError) as error:
            log.debug("consumer.hint.failed", consumer=self.name, error=type(error).__name__)

    def _kafka_consumer(self) -> AIOKafkaConsumer | None:
        return self._subscriber.consumer

    async def _wrap_records(self, records: "Sequence[ConsumerRecord[bytes, bytes]]") -> KafkaAckableMessage:
        fetched = FetchedBatch(self.assignment.epoch, records)
        return KafkaAckableMessage(
            body=fetched, raw_message=records, headers={}, consumer=self._kafka_consumer()
        )


def _poll_longer(consumer: AIOKafkaConsumer) -> None:
    """Let it poll for longer than FastStream sleeps, so that a record that comes alone seldom meets it asleep."""
    poll = consumer.getmany

    async def getmany(*, timeout_ms: int, max_records: int) -> Any:
        return await poll(timeout_ms=max(timeout_ms, int(POLL_SECONDS * 1000)), max_records=max_records)

    consumer.getmany = getmany


async def _pass_through(message: KafkaAckableMessage) -> Any:
    return message.body
