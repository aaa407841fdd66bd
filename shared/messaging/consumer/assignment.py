"""Taking over partitions: paused at once, set to the stored position, and only then read."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from shared.contracts.catalogue import Topic
from shared.messaging.consumer import positions, topic_ids
from shared.messaging.consumer.positions import Position
from shared.postgres.pool import Pool, transaction

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
CHECK_SECONDS = 5.0
ANSWER_SECONDS = 5.0


class BrokerPartition(NamedTuple):
    """What Kafka says of a partition: the id of its topic (None: it gives none), and where it begins and ends."""

    topic_id: UUID | None
    beginning: int
    end: int


@dataclass
class Assignment:
    """What this consumer owns. `expected` is where PostgreSQL says it goes on; a partition with an alarm in
    `stopped` isn't read until an operator decides. `turn` is held while a batch or a take-over runs; whoever
    waits in it gives up when the partitions are `leaving`, for another owner or because this consumer is `closing`.
    `missing` is a topic of theirs that isn't there any more. `epoch` counts take-overs: what was fetched in an earlier
    one is fetched again, and not to be applied. Records in front of `history_ends` may have been applied before a
    restore."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_offsets: dict[TopicPartition, int] = field(default_factory=dict)
    history_ends: dict[TopicPartition, int] = field(default_factory=dict)
    stopped: dict[TopicPartition, str] = field(default_factory=dict)
    leaving: bool = False
    closing: bool = False
    complete: bool = False
    missing: str | None = None
    epoch: int = 0

    def open(self) -> None:
        """Own again what is assigned from here on."""
        self.closing = False

    def close(self) -> None:
        """Own nothing from here on."""
        self.closing = self.leaving = True
        self.complete = False


class RebalanceListener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Kafka's word on who owns which partition, turned into an `Assignment`.

    aiokafka delivers records while a listener still runs, so a new partition is paused before the first await.
    """

    def __init__(
        self,
        consumer: Callable[[], AIOKafkaConsumer | None],
        pool: Pool,
        name: str,
        topic_of: Callable[[str], Topic],
        assignment: Assignment,
    ) -> None:
        self._consumer = consumer
        self._pool = pool
        self._name = name
        self._topic_of = topic_of
        self._assignment = assignment
        self._topic_ids: Mapping[str, UUID] = {}
        self._checked_at = time.monotonic()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Let the running batch end (one in back-off gives up), then own nothing."""
        self._assignment.epoch += 1
        self._assignment.leaving = True
        self._assignment.complete = False
        async with self._assignment.lock:
            self._assignment.next_offsets.clear()
            self._assignment.stopped.clear()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Own these partitions from their stored positions on."""
        consumer = self._consumer()
        if consumer is None:
            return
        consumer.pause(*assigned)
        if self._assignment.closing:
            return
        self._assignment.epoch += 1
        async with self._assignment.lock:
            self._assignment.leaving = False
            await self._take_over_all(consumer)
            self._assignment.complete = not self._assignment.leaving

    async def reread_positions(self) -> None:
        """Go back to what PostgreSQL says, for all that is owned. The caller holds the turn."""
        consumer = self._consumer()
        if consumer is not None:
            await self._take_over_all(consumer)

    async def check_topic_ids(self) -> None:
        """Ask every few seconds whether a topic is gone, or was created again, and stop where it was.

        Kafka's client sees that a topic is gone only if it asks for its records just then.
        """
        consumer = self._consumer()
        if consumer is None or time.monotonic() - self._checked_at < CHECK_SECONDS:
            return
        self._checked_at = time.monotonic()
        owned = list(self._assignment.next_offsets)
        found = await self._read_topic_ids(consumer, owned)
        if found is None:
            return
        known = {tp.topic for tp in owned} & self._topic_ids.keys()
        self._assignment.missing = min(known - found.keys(), default=None)
        if any(self._topic_ids.get(topic, topic_id) != topic_id for topic, topic_id in found.items()):
            async with self._assignment.lock:
                await self._take_over_all(consumer)

    async def _read_topic_ids(
        self, consumer: AIOKafkaConsumer, owned: list[TopicPartition]
    ) -> Mapping[str, UUID] | None:
        """The ids of the topics of what is owned; None if Kafka doesn't answer."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await topic_ids.read_topic_ids(consumer, owned)
        except (KafkaError, TimeoutError, OSError) as error:
            log.debug("assignment.check.failed", consumer=self._name, error=type(error).__name__)
            return None

    def stop_at_gaps(self, records: "Iterable[ConsumerRecord[bytes, bytes]]") -> None:
        """Stop where records of a log topic are missing: its retention passed by while this consumer was behind.

        Kafka's client would go on without a sign. Compacted topics have gaps by nature.
        """
        following = dict(self._assignment.next_offsets)
        for record in records:
            tp = TopicPartition(record.topic, record.partition)
            missing = record.offset > following.get(tp, record.offset)
            if missing and self._topic_of(record.topic).kind == "log":
                self._stop_partition(
                    tp,
                    f"retention passed by: position {following[tp]}, next record {record.offset}",
                )
            following[tp] = max(record.offset + 1, following.get(tp, 0))

    def _stop_partition(self, tp: TopicPartition, alarm: str) -> None:
        """Read this partition no more, until an operator has decided."""
        consumer = self._consumer()
        if consumer is not None:
            consumer.pause(tp)
        self._assignment.next_offsets.pop(tp, None)
        self._assignment.stopped[tp] = alarm
        log.error(
            "position.stop.alarm",
            consumer=self._name,
            topic=tp.topic,
            partition=tp.partition,
            alarm=alarm,
        )

    async def _take_over_all(self, consumer: AIOKafkaConsumer) -> None:
        """Tries until PostgreSQL and Kafka have answered. Nothing is owned before, so nothing can be passed over."""
        while not self._assignment.leaving:
            self._assignment.next_offsets.clear()
            if await self._take_over(consumer, sorted(consumer.assignment())):
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def _take_over(self, consumer: AIOKafkaConsumer, topic_partitions: list[TopicPartition]) -> bool:
        try:
            found = await _read_broker_partitions(consumer, topic_partitions)
            async with transaction(self._pool) as tx:
                await positions.insert_missing(tx, self._name, {tp: of.beginning for tp, of in found.items()})
                stored = await positions.read_positions(tx, self._name, topic_partitions)
                alarms = {tp: self._find_alarm(tp, stored[tp], of) for tp, of in found.items()}
                right = {tp: of.topic_id for tp, of in found.items() if alarms[tp] is None}
                await positions.store_topic_ids(tx, self._name, right)
            for tp, of in found.items():
                self._start_or_stop(consumer, tp, stored[tp], of.beginning, alarms[tp])
        except Exception as error:  # noqa: BLE001 - the partitions stay paused, and the caller tries again
            log.warning("assignment.take_over.failed", consumer=self._name, error=type(error).__name__)
            return False
        self._topic_ids = {tp.topic: of.topic_id for tp, of in found.items() if of.topic_id}
        log.info(
            "assignment.take_over.done",
            consumer=self._name,
            partitions=len(topic_partitions),
            stopped=len(self._assignment.stopped),
        )
        return True

    def _start_or_stop(
        self,
        consumer: AIOKafkaConsumer,
        tp: TopicPartition,
        stored: Position,
        beginning: int,
        alarm: str | None,
    ) -> None:
        if alarm is not None:
            self._stop_partition(tp, alarm)
            return
        self._assignment.stopped.pop(tp, None)
        self._assignment.history_ends[tp] = stored.history_end
        self._assignment.next_offsets[tp] = stored.next_offset
        consumer.seek(tp, max(stored.next_offset, beginning))
        consumer.resume(tp)

    def _find_alarm(self, tp: TopicPartition, stored: Position, found: BrokerPartition) -> str | None:
        following = stored.next_offset
        if following > found.end:
            return f"topic was recreated: position {following} is behind its end {found.end}"
        if stored.is_of_earlier_topic(found.topic_id):
            return f"topic was recreated: position {following} is of an earlier topic of this name"
        compacted = self._topic_of(tp.topic).kind == "state"
        if following < found.beginning and not compacted:
            return f"retention passed by: position {following}, first record {found.beginning}"
        return None


async def _read_broker_partitions(
    consumer: AIOKafkaConsumer, topic_partitions: list[TopicPartition]
) -> dict[TopicPartition, BrokerPartition]:
    """The ids are read before the offsets: those of a topic that is created again meanwhile are never taken for
    those of an earlier one."""
    ids = await topic_ids.read_topic_ids(consumer, topic_partitions)
    beginnings = await consumer.beginning_offsets(topic_partitions)
    ends = await consumer.end_offsets(topic_partitions)
    return {tp: BrokerPartition(ids.get(tp.topic), beginnings[tp], ends[tp]) for tp in topic_partitions}
