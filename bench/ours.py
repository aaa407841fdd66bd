"""Our two processes: a service with writers and relay, and a service with the consumer."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from bench import pace, work
from bench.child import Answer, Verb, obey
from shared.messaging import outbox
from shared.messaging.inbound import Inbound
from shared.messaging.kafka import Kafka
from shared.messaging.outbox import Outgoing
from shared.messaging.relay import Relay
from shared.postgres.pool import Pool, Tx, open_pool, transaction
from shared.runtime import logs

CARDS_A_COMMIT = 100
WRITERS = 4


async def change(tx: Tx, who: Sequence[UUID]) -> None:
    """Cards and their messages in one transaction, the cards' rows locked first."""
    cards = await work.change(tx, who)
    await outbox.put_all(
        tx, [Outgoing(work.CARD, str(card.member), work.CHANGED, card.version, card) for card in cards]
    )


async def fill(pool: Pool, backlog: int, members: int) -> Answer:
    """A backlog by concurrent writers that meet at the same cards; returns messages a second."""
    everybody = [work.member(number) for number in range(members)]
    commits = iter(range(0, backlog, CARDS_A_COMMIT))

    async def write(writer: int) -> None:
        chance = random.Random(writer)
        for begun in commits:
            size = min(CARDS_A_COMMIT, backlog - begun)
            async with transaction(pool) as tx:
                await change(tx, sorted(chance.sample(everybody, size)))

    clock = asyncio.get_running_loop()
    begun = clock.time()
    await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
    return {"rate": backlog / (clock.time() - begun)}


class Ours:
    """What either process can be asked to do."""

    def __init__(self, place: Mapping[str, Any]) -> None:
        self._place = place
        self._kafka = Kafka(place["kafka"], place["prefix"])
        self._running: list[asyncio.Task[None]] = []
        self._pool: Pool | None = None

    def verbs(self) -> dict[str, Verb]:
        return {
            name: getattr(self, name)
            for name in ("open", "fill", "relay", "consume", "steadily", "together", "stop")
        }

    @property
    def pool(self) -> Pool:
        assert self._pool is not None, "asked before it was opened"
        return self._pool

    async def open(self, schema: str) -> None:
        """Connect to a schema, with logs as a service has them."""
        logs.configure(schema)
        self._pool = await open_pool(
            self._place["owner" if schema == work.OWNER else "reader"], schema, size=16
        )

    async def fill(self, backlog: int, members: int) -> Answer:
        return await fill(self.pool, backlog, members)

    async def relay(self) -> None:
        relay = Relay(self._place["owner"], work.OWNER, self._kafka)
        self._running.append(asyncio.create_task(relay.run()))

    async def consume(self) -> None:
        """Returns when the partitions are taken over."""
        inbound = Inbound(work.READER, {work.CARD: work.note}, self._kafka, self.pool)
        self._running.append(asyncio.create_task(inbound.run()))
        while not inbound.assignment.complete:
            await asyncio.sleep(0.02)

    async def steadily(self, rate: float, count: int, first: int) -> None:
        await pace.steadily(self._new_card, rate, count, first)

    async def together(self, writers: int, seconds: float, messages: bool) -> Answer:
        command = self._new_card if messages else self._card_only
        return {"rate": await pace.together(command, writers, seconds)}

    async def stop(self) -> None:
        """Let relay and consumer end."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await self.pool.close()

    async def _new_card(self, number: int) -> None:
        async with transaction(self.pool) as tx:
            await change(tx, [work.member(number)])

    async def _card_only(self, number: int) -> None:
        async with transaction(self.pool) as tx:
            await work.change(tx, [work.member(number)])


if __name__ == "__main__":
    asyncio.run(obey(lambda place: Ours(place).verbs()))
