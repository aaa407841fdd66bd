"""Our two processes: a service with writers and relay, and a service with the consumer."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from bench import pace, work
from bench.child import Answer, serve_requests
from bench.owner import Owner
from shared.messaging import outbox
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.outbox import Outgoing
from shared.messaging.relay.relay import Relay
from shared.postgres.pool import Pool, open_pool, transaction
from shared.runtime import logs


class Ours(Owner):
    """The operations of both processes."""

    OPERATIONS = (*Owner.OPERATIONS, "start_consumer", "run_without_messages")

    def __init__(self, addresses: Mapping[str, Any]) -> None:
        super().__init__(addresses)
        self._running: list[asyncio.Task[None]] = []
        self._pool: Pool | None = None

    @property
    def pool(self) -> Pool:
        assert self._pool is not None, "asked before it was connected"
        return self._pool

    async def connect(self, schema: str) -> None:
        """Connect to a schema, with logs as a service has them."""
        logs.configure_logging(schema)
        self._pool = await open_pool(
            self._addresses["owner" if schema == work.OWNER else "reader"], schema, size=16
        )

    async def change_cards(self, who: Sequence[UUID], early: float = 0.0) -> None:
        """Cards and their messages in one transaction, the cards' rows locked first."""
        async with transaction(self.pool) as tx:
            await work.begin_early(tx, early)
            cards = await work.change_cards(tx, who)
            await outbox.put_all(
                tx,
                [Outgoing(work.CARD, str(card.member), work.CHANGED, card.version, card) for card in cards],
            )

    async def start_relay(self) -> None:
        relay = Relay(self._addresses["owner"], work.OWNER, self._kafka, origin=work.ORIGIN)
        self._running.append(asyncio.create_task(relay.run()))

    async def start_consumer(self) -> None:
        """Returns when all partitions are assigned."""
        consumer = Consumer(work.READER, {work.CARD: work.apply_messages}, self._kafka, self.pool)
        self._running.append(asyncio.create_task(consumer.run()))
        while not consumer.assignment.complete:
            await asyncio.sleep(0.02)

    async def run_without_messages(self, writers: int, seconds: float, empty: int) -> Answer:
        """Write as many new cards as possible without any message, with `empty` more statements that do nothing."""

        async def card_only(number: int) -> None:
            async with transaction(self.pool) as tx:
                await work.change_cards(tx, [work.member_id(number)])
                for _ in range(empty):
                    await tx.execute(work.NOTHING, number)

        return {"rate": await pace.run_concurrently(card_only, writers, seconds)}

    async def shut_down(self) -> None:
        """Let relay and consumer end."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await self.pool.close()


if __name__ == "__main__":
    asyncio.run(serve_requests(lambda addresses: Ours(addresses).list_operations()))
