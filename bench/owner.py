"""The operations of every contestant with an outbox: writers of several kinds, and its relay."""

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from bench import pace, work
from bench.child import Answer, Operation
from shared.messaging.kafka import Kafka

CARDS_A_COMMIT = 100
FILLING_WRITERS = 4
SHARED_CARDS = 20
EARLY_SECONDS = 0.02


class Owner(ABC):
    """The owner's process. A contestant says how one transaction goes, and what carries its messages to Kafka."""

    OPERATIONS: tuple[str, ...] = (
        "connect",
        "fill_backlog",
        "start_relay",
        "run_at_rate",
        "run_concurrently",
        "run_with_early_ids",
        "shut_down",
    )

    def __init__(self, addresses: Mapping[str, Any]) -> None:
        self._addresses = addresses
        self._kafka = Kafka(**addresses["kafka"])

    def list_operations(self) -> dict[str, Operation]:
        """The operations of this process, by name."""
        return {name: getattr(self, name) for name in self.OPERATIONS}

    @abstractmethod
    async def connect(self, schema: str) -> None:
        """Connect to a schema."""

    @abstractmethod
    async def start_relay(self) -> None:
        """Begin to carry messages to Kafka."""

    @abstractmethod
    async def change_cards(self, who: Sequence[UUID], early: float = 0.0) -> None:
        """One transaction: change these members' cards, and write their messages. With `early` it takes its
        transaction id so many seconds before it changes anything."""

    @abstractmethod
    async def shut_down(self) -> None:
        """End the relay and close the connections."""

    async def fill_backlog(self, backlog: int, members: int) -> Answer:
        """Write a backlog by concurrent writers that contend for the same cards; returns messages a second."""
        everybody = [work.member_id(number) for number in range(members)]
        commits = iter(range(0, backlog, CARDS_A_COMMIT))

        async def write(writer: int) -> None:
            chance = random.Random(writer)
            for begun in commits:
                size = min(CARDS_A_COMMIT, backlog - begun)
                await self.change_cards(sorted(chance.sample(everybody, size)))

        clock = asyncio.get_running_loop()
        begun = clock.time()
        await asyncio.gather(*(write(writer) for writer in range(FILLING_WRITERS)))
        return {"rate": backlog / (clock.time() - begun)}

    async def run_at_rate(self, rate: float, count: int, first: int) -> None:
        """Write new cards at a steady rate."""
        await pace.run_at_rate(self._change_one, rate, count, first)

    async def run_concurrently(self, writers: int, seconds: float) -> Answer:
        """Write as many new cards as so many writers complete; returns commands a second."""
        return {"rate": await pace.run_concurrently(self._change_one, writers, seconds)}

    async def run_with_early_ids(self, writers: int, count: int) -> None:
        """Run transactions that take their ids early, and last of all change a card that others change too."""
        numbers = iter(range(count))

        async def write(writer: int) -> None:
            chance = random.Random(writer)
            for _ in numbers:
                card = work.member_id(chance.randrange(SHARED_CARDS))
                await self.change_cards([card], early=chance.uniform(0.0, EARLY_SECONDS))

        await asyncio.gather(*(write(writer) for writer in range(writers)))

    async def _change_one(self, number: int) -> None:
        await self.change_cards([work.member_id(number)])
