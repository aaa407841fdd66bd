"""One batch of records in one transaction: positions, inbox, parked keys, effects."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiokafka import ConsumerRecord, TopicPartition

from shared.contracts.catalogue import Topic
from shared.messaging import inbox, metrics, parking
from shared.messaging.message import Message, place_id, read
from shared.messaging.parking import Failure, ParkedKey
from shared.messaging.routes import Routes
from shared.postgres.pool import Tx


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


async def apply(tx: Tx, consumer: str, routes: Routes, batch: Sequence[Received], ceiling: int) -> None:
    """Give each new message to the verb of its topic, in order; queue those whose key is parked.

    Raises what a verb raises, and `CeilingReached` if one more key would have to be parked.
    """
    new = await inbox.admit(tx, [received.id for received in batch])
    metrics.REPEATED.labels(consumer).inc(len(batch) - len(new))
    held = await parking.held(tx, [received.key for received in batch])
    ready: dict[Topic, list[Message[Any]]] = {topic: [] for topic in routes}
    for received in batch:
        if received.id not in new:
            continue
        new.discard(received.id)
        if received.message is not None and received.message.data is None and received.key in held:
            await parking.release(tx, received.key)
            held.discard(received.key)
        if received.key in held or received.message is None:
            await _set_aside(tx, consumer, received, held, ceiling)
        else:
            ready[received.topic].append(received.message)
    for topic, messages in ready.items():
        if messages:
            await _hand_over(tx, consumer, routes, topic, messages)


async def _hand_over(
    tx: Tx, consumer: str, routes: Routes, topic: Topic, messages: Sequence[Message[Any]]
) -> None:
    unknown = sum(message.type not in topic.types for message in messages)
    if unknown:
        metrics.UNKNOWN_TYPE.labels(consumer, topic.name).inc(unknown)
    await routes[topic](tx, messages)
    metrics.APPLIED.labels(consumer, topic.name).inc(len(messages))


async def set_aside(tx: Tx, consumer: str, received: Received, why: Failure, ceiling: int) -> None:
    """Park the key of a message whose verb failed, and queue the message."""
    new = await inbox.admit(tx, [received.id])
    held = await parking.held(tx, [received.key])
    if new:
        failed = Received(received.topic, received.record, None, why)
        await _set_aside(tx, consumer, failed, held, ceiling)


async def _set_aside(tx: Tx, consumer: str, received: Received, held: set[ParkedKey], ceiling: int) -> None:
    if received.key not in held:
        if await parking.count(tx) >= ceiling:
            raise CeilingReached
        assert received.failure is not None
        await parking.park(tx, received.key, received.failure)
        held.add(received.key)
    await parking.queue(tx, received.key, received.record)
    metrics.PARKED.labels(consumer, received.topic.name).inc()
