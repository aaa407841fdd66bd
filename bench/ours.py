"""Our two processes: a service with writers and relay, and a service with the consumer."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from bench import pace, work
from bench.child import Answer, obey
from bench.owner import Owner
from shared.messaging import outbox
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.outbox import Outgoing
from shared.messaging.relay.relay import Relay
from shared.postgres.pool import Pool, open_pool, transaction
from shared.runtime import logs


class Ours(Owner):
    """What either process can be asked to do."""

    VERBS = (*Owner.VERBS, "consume", "alone")

    def __init__(self, place: Mapping[str, Any]) -> None:
        super().__init__(place)
        self._running: list[asyncio.Task[None]] = []
        self._pool: Pool | None = None

    @property
    def pool(self) -> Pool:
        assert self._pool is not None, "asked before it was opened"
        return self._pool

    async def open(self, schema: str) -> None:
        """Connect to a schema, with logs as a service has them."""
        logs.configure_logging(schema)
        self._pool = await open_pool(
            self._place["owner" if schema == work.OWNER else "reader"], schema, size=16
        )

    async def change(self, who: Sequence[UUID], early: float = 0.0) -> None:
        """Cards and their messages in one transaction, the cards' rows locked first."""
        async with transaction(self.pool) as tx:
            await work.begin_early(tx, early)
            cards = await work.change(tx, who)
            await outbox.put_all(
                tx,
                [Outgoing(work.CARD, str(card.member), work.CHANGED, card.version, card) for card in cards],
            )

    async def relay(self) -> None:
        relay = Relay(self._place["owner"], work.OWNER, self._kafka)
        self._running.append(asyncio.create_task(relay.run()))

    async def consume(self) -> None:
        """Returns when the partitions are taken over."""
        inbound = Consumer(work.READER, {work.CARD: work.note}, self._kafka, self.pool)
        self._running.append(asyncio.create_task(inbound.run()))
        while not inbound.assignment.complete:
            await asyncio.sleep(0.02)

    async def alone(self, writers: int, seconds: float, empty: int) -> Answer:
        """As many new cards as go, without any message; with so many statements more that do nothing."""

        async def card_only(number: int) -> None:
            async with transaction(self.pool) as tx:
                await work.change(tx, [work.member(number)])
                for _ in range(empty):
                    await tx.execute(work.NOTHING, number)

        return {"rate": await pace.together(card_only, writers, seconds)}

    async def stop(self) -> None:
        """Let relay and consumer end."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await self.pool.close()


if __name__ == "__main__":
    asyncio.run(obey(lambda place: Ours(place).verbs()))
