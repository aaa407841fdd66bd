"""FastStream as its documentation shows it: one message at a time, and a publish in the transaction's wake.

Only what the promise of each documented choice needs is set: acks of all replicas, the earliest offset, the
message's key, and the acknowledgement after the work. There is no outbox, no inbox and no batch.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from bench import pace, work
from bench.child import Answer, Verb, obey
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool, open_pool, transaction
from shared.runtime import logs


class Naive:
    """What either process can be asked to do."""

    def __init__(self, place: Mapping[str, Any]) -> None:
        self._place = place
        self._kafka = Kafka(place["kafka"], place["prefix"])
        self._cards = self._kafka.topic_name(work.CARD.name)
        self._broker = KafkaBroker(place["kafka"], acks="all", logger=None)
        self._pool: Pool | None = None

    def verbs(self) -> dict[str, Verb]:
        return {
            name: getattr(self, name)
            for name in ("open", "relay", "command", "consume", "steadily", "together", "stop")
        }

    @property
    def pool(self) -> Pool:
        assert self._pool is not None, "asked before it was opened"
        return self._pool

    async def open(self, schema: str) -> None:
        """Connect to a schema."""
        logs.configure_logging(schema)
        self._pool = await open_pool(
            self._place["owner" if schema == work.OWNER else "reader"], schema, size=16
        )

    async def relay(self) -> None:
        """Only publish, in the wake of each commit: for commands that come through another door."""
        await self._broker.start()

    async def command(self) -> None:
        """The owner's subscriber: a command changes a card and publishes it."""
        subscriber = self._broker.subscriber(
            self._kafka.topic_name(work.COMMAND.name),
            group_id=self._kafka.topic_name(work.OWNER),
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
        )

        @subscriber
        async def change(command: work.Command, message: KafkaMessage) -> None:
            await self._change(command.member)
            await message.ack()

        await self._assigned(subscriber)

    async def consume(self) -> None:
        """The reader's subscriber: a card has its effect."""
        subscriber = self._broker.subscriber(
            self._cards,
            group_id=self._kafka.topic_name(work.READER),
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
        )

        @subscriber
        async def note(card: work.Card, message: KafkaMessage) -> None:
            async with transaction(self.pool) as tx:
                await work.note_cards(tx, [card])
            await message.ack()

        await self._assigned(subscriber)

    async def steadily(self, rate: float, count: int, first: int) -> None:
        await pace.steadily(self._new, rate, count, first)

    async def together(self, writers: int, seconds: float) -> Answer:
        return {"rate": await pace.together(self._new, writers, seconds)}

    async def stop(self) -> None:
        await self._broker.stop()
        await self.pool.close()

    async def _new(self, number: int) -> None:
        await self._change(work.member(number))

    async def _change(self, who: UUID) -> None:
        async with transaction(self.pool) as tx:
            [card] = await work.change(tx, [who])
        await self._broker.publish(card, topic=self._cards, key=str(who).encode())

    async def _assigned(self, subscriber: Any) -> None:
        await self._broker.start()
        while not subscriber.consumer.assignment():
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(obey(lambda place: Naive(place).verbs()))
