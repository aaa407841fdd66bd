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
from shared.messaging import positions, topic_ids
from shared.messaging.positions import Position
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
    `epoch` counts take-overs: what was fetched in an earlier one is fetched again, and not to be applied."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_offsets: dict[TopicPartition, int] = field(default_factory=dict)
    stopped: dict[TopicPartition, str] = field(default_factory=dict)
    leaving: bool = False
    closing: bool = False
    complete: bool = False
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
        """Ask every few seconds whether a topic was made anew, and stop where it was.

        Kafka's client sees that a topic is gone only if it asks for its records just then.
        """
        consumer = self._consumer()
        if consumer is None or time.monotonic() - self._checked_at < CHECK_SECONDS:
            return
        self._checked_at = time.monotonic()
        if await self._any_topic_recreated(consumer):
            async with self._assignment.lock:
                await self._take_over_all(consumer)

    async def _any_topic_recreated(self, consumer: AIOKafkaConsumer) -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                told = await topic_ids.read_topic_ids(consumer, list(self._assignment.next_offsets))
        except (KafkaError, TimeoutError, OSError) as error:
            log.debug("assignment.look.failed", consumer=self._name, error=type(error).__name__)
            return False
        return any(self._topic_ids.get(topic, topic_id) != topic_id for topic, topic_id in told.items())

    def stop_at_gaps(self, records: "Iterable[ConsumerRecord[bytes, bytes]]") -> None:
        """Stop where records of a log topic are missing: its retention passed by while this consumer was behind.

        Kafka's client would go on without a sign. Compacted topics have gaps by nature.
        """
        following = dict(self._assignment.next_offsets)
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            missing = record.offset > following.get(place, record.offset)
            if missing and self._topic_of(record.topic).kind == "log":
                self._stop_partition(
                    place, f"retention passed by: position {following[place]}, next record {record.offset}"
                )
            following[place] = max(record.offset + 1, following.get(place, 0))

    def _stop_partition(self, place: TopicPartition, alarm: str) -> None:
        """Read this partition no more, until an operator has decided."""
        consumer = self._consumer()
        if consumer is not None:
            consumer.pause(place)
        self._assignment.next_offsets.pop(place, None)
        self._assignment.stopped[place] = alarm
        log.error(
            "position.stop.alarm",
            consumer=self._name,
            topic=place.topic,
            partition=place.partition,
            alarm=alarm,
        )

    async def _take_over_all(self, consumer: AIOKafkaConsumer) -> None:
        """Tries until PostgreSQL and Kafka have answered. Nothing is owned before, so nothing can be passed over."""
        while not self._assignment.leaving:
            self._assignment.next_offsets.clear()
            if await self._take_over(consumer, sorted(consumer.assignment())):
                return
            await asyncio.sleep(RETRY_SECONDS)

    async def _take_over(self, consumer: AIOKafkaConsumer, places: list[TopicPartition]) -> bool:
        try:
            told = await _read_broker_partitions(consumer, places)
            async with transaction(self._pool) as tx:
                await positions.insert_missing(
                    tx, self._name, {place: of.beginning for place, of in told.items()}
                )
                stored = await positions.read_positions(tx, self._name, places)
                alarms = {place: self._find_alarm(place, stored[place], of) for place, of in told.items()}
                right = {place: of.topic_id for place, of in told.items() if alarms[place] is None}
                await positions.store_topic_ids(tx, self._name, right)
            for place, of in told.items():
                self._start_or_stop(consumer, place, stored[place].next_offset, of.beginning, alarms[place])
        except Exception as error:  # noqa: BLE001 - the partitions stay paused, and the caller tries again
            log.warning("assignment.take.failed", consumer=self._name, error=type(error).__name__)
            return False
        self._topic_ids = {place.topic: of.topic_id for place, of in told.items() if of.topic_id}
        log.info(
            "assignment.take.done",
            consumer=self._name,
            partitions=len(places),
            stopped=len(self._assignment.stopped),
        )
        return True

    def _start_or_stop(
        self,
        consumer: AIOKafkaConsumer,
        place: TopicPartition,
        following: int,
        beginning: int,
        alarm: str | None,
    ) -> None:
        if alarm is not None:
            self._stop_partition(place, alarm)
            return
        self._assignment.stopped.pop(place, None)
        self._assignment.next_offsets[place] = following
        consumer.seek(place, max(following, beginning))
        consumer.resume(place)

    def _find_alarm(self, place: TopicPartition, stored: Position, told: BrokerPartition) -> str | None:
        following, topic_id = stored
        if following > told.end:
            return f"topic made anew: position {following} is behind its end {told.end}"
        if topic_id and told.topic_id and topic_id != told.topic_id:
            return f"topic made anew: position {following} is of an earlier topic of this name"
        compacted = self._topic_of(place.topic).kind == "state"
        if following < told.beginning and not compacted:
            return f"retention passed by: position {following}, first record {told.beginning}"
        return None


async def _read_broker_partitions(
    consumer: AIOKafkaConsumer, places: list[TopicPartition]
) -> dict[TopicPartition, BrokerPartition]:
    """The ids are read before the offsets: those of a topic that is made anew meanwhile are never taken for
    those of an earlier one."""
    known = await topic_ids.read_topic_ids(consumer, places)
    beginnings = await consumer.beginning_offsets(places)
    ends = await consumer.end_offsets(places)
    return {
        place: BrokerPartition(known.get(place.topic), beginnings[place], ends[place]) for place in places
    }
