"""One batch of records in one transaction: positions, inbox, parked keys, effects."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import prometheus_client
from aiokafka import ConsumerRecord, TopicPartition

from shared.contracts.catalogue import Topic
from shared.messaging import metrics, parking
from shared.messaging.inbox import Admitted
from shared.messaging.message import Message, place_id, read
from shared.messaging.parking import Failure, ParkedKey
from shared.messaging.routes import Routes
from shared.messaging.segment_roll import is_roll
from shared.postgres.pool import Tx

Done: TypeAlias = Counter[tuple[prometheus_client.Counter, Topic]]


@dataclass(frozen=True, slots=True)
class Received:
    """A record and what was read from it: a message, or why there is none."""

    topic: Topic
    record: "ConsumerRecord[bytes, bytes]"
    message: Message[Any] | None
    failure: Failure | None

    @property
    def id(self) -> UUID:
        return self.message.id if self.message else place_id(self.record)

    @property
    def key(self) -> ParkedKey:
        return parking.key_of(self.topic.name, self.record)

    @property
    def place(self) -> TopicPartition:
        return TopicPartition(self.record.topic, self.record.partition)


class CeilingReached(Exception):
    """So many keys are parked that this is no longer about single messages: the consumer waits for an operator."""


def receive(topic: Topic, record: "ConsumerRecord[bytes, bytes]") -> Received:
    """Read one record; never raises."""
    try:
        return Received(topic, record, read(topic, record), None)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a record, its key is parked
        return Received(topic, record, None, parking.failure(error))


def following(batch: Sequence[Received]) -> dict[TopicPartition, int]:
    """The position behind the batch, for each of its partitions."""
    return {received.place: received.record.offset + 1 for received in batch}


async def apply(tx: Tx, routes: Routes, batch: Sequence[Received], admitted: Admitted, ceiling: int) -> Done:
    """Give each new message to the verb of its topic, in order; queue those whose key is parked.

    Raises what a verb raises, and `CeilingReached` if one more key would have to be parked.
    """
    done: Done = Counter()
    new = set(admitted.new)
    held = await _held(tx, batch, admitted)
    ready: dict[Topic, list[Message[Any]]] = {topic: [] for topic in routes}
    for received in batch:
        if is_roll(received.record):
            continue
        if received.id not in new:
            done[metrics.REPEATED, received.topic] += 1
            continue
        new.discard(received.id)
        parked = bool(held) and received.key in held
        if parked and received.message is not None and received.message.data is None:
            await parking.release(tx, received.key)
            held.discard(received.key)
            parked = False
        if parked or received.message is None:
            await _set_aside(tx, received, held, ceiling, done)
        else:
            ready[received.topic].append(received.message)
    for topic, messages in ready.items():
        if messages:
            await routes[topic](tx, messages)
            done[metrics.APPLIED, topic] += len(messages)
            done[metrics.UNKNOWN_TYPE, topic] += sum(message.type not in topic.types for message in messages)
    return done


async def set_aside(tx: Tx, received: Received, why: Failure, admitted: Admitted, ceiling: int) -> Done:
    """Park the key of a message whose verb failed, and queue the message."""
    done: Done = Counter()
    if admitted.new:
        held = await _held(tx, [received], admitted)
        failed = Received(received.topic, received.record, None, why)
        await _set_aside(tx, failed, held, ceiling, done)
    return done


async def _held(tx: Tx, batch: Sequence[Received], admitted: Admitted) -> set[ParkedKey]:
    return await parking.held(tx, [received.key for received in batch]) if admitted.parked else set()


async def _set_aside(tx: Tx, received: Received, held: set[ParkedKey], ceiling: int, done: Done) -> None:
    if received.key not in held:
        if await parking.count(tx) >= ceiling:
            raise CeilingReached
        assert received.failure is not None
        await parking.park(tx, received.key, received.failure)
        held.add(received.key)
    await parking.queue(tx, received.key, received.record)
    done[metrics.PARKED, received.topic] += 1


def count(consumer: str, done: Done) -> None:
    """Add to the figures what was done, when it is committed."""
    for (metric, topic), messages in done.items():
        metric.labels(consumer, topic.name).inc(messages)
