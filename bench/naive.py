"""FastStream as its documentation shows it: one message at a time, and a publish after each transaction.

Only what the guarantees of each documented choice need is set: acks of all replicas, the earliest offset, the
message's key, and the acknowledgement after the work. There is no outbox, no inbox and no batch.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from bench import pace, work
from bench.child import Answer, Operation, serve_requests
from shared.messaging.broker_security import build_security
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool, open_pool, transaction
from shared.runtime import logs


class Naive:
    """The operations of both processes."""

    OPERATIONS = (
        "connect",
        "start_relay",
        "start_subscriber",
        "start_consumer",
        "run_at_rate",
        "run_concurrently",
        "shut_down",
    )

    def __init__(self, addresses: Mapping[str, Any]) -> None:
        self._addresses = addresses
        self._kafka = Kafka(**addresses["kafka"])
        self._cards = self._kafka.topic_name(work.CARD.name)
        self._broker = KafkaBroker(
            self._kafka.servers, security=build_security(self._kafka), acks="all", logger=None
        )
        self._pool: Pool | None = None

    def list_operations(self) -> dict[str, Operation]:
        return {name: getattr(self, name) for name in self.OPERATIONS}

    @property
    def pool(self) -> Pool:
        assert self._pool is not None, "asked before it was connected"
        return self._pool

    async def connect(self, schema: str) -> None:
        """Connect to a schema."""
        logs.configure_logging(schema)
        self._pool = await open_pool(
            self._addresses["owner" if schema == work.OWNER else "reader"], schema, size=16
        )

    async def start_relay(self) -> None:
        """Only publish, after each commit: for commands that don't come by Kafka."""
        await self._broker.start()

    async def start_subscriber(self) -> None:
        """The owner's subscriber: a command changes a card and publishes it."""
        subscriber = self._broker.subscriber(
            self._kafka.topic_name(work.COMMAND.name),
            group_id=self._kafka.topic_name(work.OWNER),
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
        )

        @subscriber
        async def change(command: work.Command, message: KafkaMessage) -> None:
            await self._change_card(command.member)
            await message.ack()

        await self._wait_for_partitions(subscriber)

    async def start_consumer(self) -> None:
        """The reader's subscriber: a card has its effect."""
        subscriber = self._broker.subscriber(
            self._cards,
            group_id=self._kafka.topic_name(work.READER),
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
        )

        @subscriber
        async def store(card: work.Card, message: KafkaMessage) -> None:
            async with transaction(self.pool) as tx:
                await work.insert_effects(tx, [card])
            await message.ack()

        await self._wait_for_partitions(subscriber)

    async def run_at_rate(self, rate: float, count: int, first: int) -> None:
        await pace.run_at_rate(self._change_one, rate, count, first)

    async def run_concurrently(self, writers: int, seconds: float) -> Answer:
        return {"rate": await pace.run_concurrently(self._change_one, writers, seconds)}

    async def shut_down(self) -> None:
        await self._broker.stop()
        await self.pool.close()

    async def _change_one(self, number: int) -> None:
        await self._change_card(work.member_id(number))

    async def _change_card(self, who: UUID) -> None:
        async with transaction(self.pool) as tx:
            [card] = await work.change_cards(tx, [who])
        await self._broker.publish(card, topic=self._cards, key=str(who).encode())

    async def _wait_for_partitions(self, subscriber: Any) -> None:
        await self._broker.start()
        while not subscriber.consumer.assignment():
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(serve_requests(lambda addresses: Naive(addresses).list_operations()))
