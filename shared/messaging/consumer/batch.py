"""One batch of records in one transaction: positions, inbox, parked keys, effects."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias
from uuid import UUID

import prometheus_client
from aiokafka import ConsumerRecord, TopicPartition

from shared.contracts.catalogue import Topic
from shared.messaging import metrics
from shared.messaging.claims import RefusedRecord
from shared.messaging.consumer import inbox, parking, refusals
from shared.messaging.consumer.generations import HeardGenerations
from shared.messaging.consumer.inbox import NewMessages
from shared.messaging.consumer.parking import Failure, ParkedKey
from shared.messaging.consumer.routes import Routes
from shared.messaging.message import Message, fallback_id, parse_message
from shared.messaging.relay.segment_roll import is_roll
from shared.postgres.pool import Tx

MetricCounts: TypeAlias = Counter[tuple[prometheus_client.Counter, Topic]]


@dataclass(frozen=True, slots=True)
class ReceivedRecord:
    """A record and what was read from it: a message, or why there is none. What is `refused` for a reason was not sent
    by the topic's owner: it isn't applied, and holds nothing up."""

    topic: Topic
    record: "ConsumerRecord[bytes, bytes]"
    message: Message[Any] | None
    failure: Failure | None
    refused: str | None = None

    @property
    def id(self) -> UUID:
        return self.message.id if self.message else fallback_id(self.record)

    @property
    def key(self) -> ParkedKey:
        return parking.key_of(self.topic.name, self.record)

    @property
    def topic_partition(self) -> TopicPartition:
        return TopicPartition(self.record.topic, self.record.partition)


class CeilingReached(Exception):
    """So many keys are parked that this is no longer about single messages: the consumer waits for an operator."""


def parse_record(topic: Topic, record: "ConsumerRecord[bytes, bytes]") -> ReceivedRecord:
    """Read one record; never raises."""
    try:
        return ReceivedRecord(topic, record, parse_message(topic, record), None)
    except RefusedRecord as error:
        return ReceivedRecord(topic, record, None, parking.describe_failure(error), str(error))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a record, its key is parked
        return ReceivedRecord(topic, record, None, parking.describe_failure(error))


def claimed_ids(batch: Sequence[ReceivedRecord]) -> list[UUID]:
    """The ids to be admitted: those of refused records are nobody's."""
    return [received.id for received in batch if received.refused is None]


def next_offsets(batch: Sequence[ReceivedRecord]) -> dict[TopicPartition, int]:
    """The position behind the batch, for each of its partitions."""
    return {received.topic_partition: received.record.offset + 1 for received in batch}


async def apply_batch(
    tx: Tx,
    consumer: str,
    routes: Routes,
    batch: Sequence[ReceivedRecord],
    admitted: NewMessages,
    ceiling: int,
) -> MetricCounts:
    """Give each new message to the handler of its topic, in order; queue those whose key is parked; count those that
    are refused.

    Raises what a handler raises, and `CeilingReached` if one more key would have to be parked.
    """
    done: MetricCounts = Counter()
    batch = await _set_refused_aside(tx, consumer, batch, admitted, done)
    ready = await _set_parked_aside(tx, batch, admitted, ceiling, done)
    for topic, handle in routes.items():
        if messages := ready.get(topic):
            await handle(tx, messages)
            done[metrics.APPLIED, topic] += len(messages)
            done[metrics.UNKNOWN_TYPE, topic] += sum(message.type not in topic.types for message in messages)
    return done


async def _set_parked_aside(
    tx: Tx, batch: Sequence[ReceivedRecord], admitted: NewMessages, ceiling: int, done: MetricCounts
) -> Mapping[Topic, Sequence[Message[Any]]]:
    """Returns the new messages whose keys aren't parked; of a tombstone the key is parked no more."""
    new = set(admitted.new)
    held = await _lock_parked_keys(tx, batch, admitted)
    ready: dict[Topic, list[Message[Any]]] = defaultdict(list)
    for received in batch:
        if received.id not in new:
            done[metrics.REPEATED, received.topic] += 1
            continue
        new.discard(received.id)
        parked = bool(held) and received.key in held
        if parked and received.message is not None and received.message.data is None:
            await parking.release_key(tx, received.key)
            held.discard(received.key)
            parked = False
        if parked or received.message is None:
            await _park_and_queue(tx, received, held, ceiling, done)
        else:
            ready[received.topic].append(received.message)
    return ready


async def _set_refused_aside(
    tx: Tx, consumer: str, batch: Sequence[ReceivedRecord], admitted: NewMessages, done: MetricCounts
) -> Sequence[ReceivedRecord]:
    """Returns what isn't refused."""
    batch = await _refuse_jumps(tx, [r for r in batch if not is_roll(r.record)], admitted)
    refused = [(r.topic, r.record, r.refused) for r in batch if r.refused is not None]
    if refused:
        await refusals.note_refused(tx, consumer, refused)
        done.update((metrics.REFUSED, topic) for topic, *_ in refused)
    return [received for received in batch if received.refused is None]


async def _refuse_jumps(
    tx: Tx, batch: Sequence[ReceivedRecord], admitted: NewMessages
) -> Sequence[ReceivedRecord]:
    """The batch; messages whose generation jumps are refused in it, and their ids forgotten."""
    heard = HeardGenerations(admitted.generations, ((r.topic, r.message) for r in batch))
    judged = [_refuse_jump(heard, received) for received in batch]
    await heard.store_raised(tx)
    jumped = {before.id for before, after in zip(batch, judged, strict=True) if before is not after}
    forgotten = jumped - {r.id for r in judged if r.refused is None}
    if forgotten & admitted.new:
        await inbox.forget_messages(tx, forgotten & admitted.new)
    return judged


def _refuse_jump(heard: HeardGenerations, received: ReceivedRecord) -> ReceivedRecord:
    if received.message is None:
        return received
    try:
        heard.hear(received.topic, received.message.sequence)
    except RefusedRecord as error:
        return replace(received, message=None, failure=parking.describe_failure(error), refused=str(error))
    return received


async def park_failed_message(
    tx: Tx, received: ReceivedRecord, why: Failure, admitted: NewMessages, ceiling: int
) -> MetricCounts:
    """Park the key of a message whose handler failed, and queue the message."""
    done: MetricCounts = Counter()
    if admitted.new:
        held = await _lock_parked_keys(tx, [received], admitted)
        failed = ReceivedRecord(received.topic, received.record, None, why)
        await _park_and_queue(tx, failed, held, ceiling, done)
    return done


async def _lock_parked_keys(tx: Tx, batch: Sequence[ReceivedRecord], admitted: NewMessages) -> set[ParkedKey]:
    return (
        await parking.lock_parked_keys(tx, [received.key for received in batch]) if admitted.parked else set()
    )


async def _park_and_queue(
    tx: Tx, received: ReceivedRecord, held: set[ParkedKey], ceiling: int, done: MetricCounts
) -> None:
    if received.key not in held:
        if await parking.count_parked_keys(tx) >= ceiling:
            raise CeilingReached
        assert received.failure is not None
        await parking.park_key(tx, received.key, received.failure)
        held.add(received.key)
    await parking.queue_record(tx, received.key, received.record)
    done[metrics.PARKED, received.topic] += 1


def add_to_metrics(consumer: str, done: MetricCounts) -> None:
    """Add to the metrics what was done, when it is committed."""
    for (metric, topic), messages in done.items():
        metric.labels(consumer, topic.name).inc(messages)
