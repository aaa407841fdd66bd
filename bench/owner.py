"""What every contestant with an outbox can be asked to do: writers of several kinds, and its relay."""

import asyncio
import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from bench import pace, work
from bench.child import Answer, Verb
from shared.messaging.kafka import Kafka

CARDS_A_COMMIT = 100
FILLING_WRITERS = 4
SHARED_CARDS = 20
EARLY_SECONDS = 0.02


class Owner(ABC):
    """The owner's process. A contestant says how one transaction goes, and what carries its messages to Kafka."""

    VERBS: tuple[str, ...] = ("open", "fill", "relay", "steadily", "together", "early", "stop")

    def __init__(self, place: Mapping[str, Any]) -> None:
        self._place = place
        self._kafka = Kafka(place["kafka"], place["prefix"])

    def verbs(self) -> dict[str, Verb]:
        """The table of what this process can be asked to do."""
        return {name: getattr(self, name) for name in self.VERBS}

    @abstractmethod
    async def open(self, schema: str) -> None:
        """Connect to a schema."""

    @abstractmethod
    async def relay(self) -> None:
        """Begin to carry messages to Kafka."""

    @abstractmethod
    async def change(self, who: Sequence[UUID], early: float = 0.0) -> None:
        """One transaction: change these members' cards, and write their messages. With `early` it takes its
        transaction id so many seconds before it changes anything."""

    @abstractmethod
    async def stop(self) -> None:
        """End the relay and let the connections go."""

    async def fill(self, backlog: int, members: int) -> Answer:
        """A backlog by concurrent writers that meet at the same cards; answers messages a second."""
        everybody = [work.member(number) for number in range(members)]
        commits = iter(range(0, backlog, CARDS_A_COMMIT))

        async def write(writer: int) -> None:
            chance = random.Random(writer)
            for begun in commits:
                size = min(CARDS_A_COMMIT, backlog - begun)
                await self.change(sorted(chance.sample(everybody, size)))

        clock = asyncio.get_running_loop()
        begun = clock.time()
        await asyncio.gather(*(write(writer) for writer in range(FILLING_WRITERS)))
        return {"rate": backlog / (clock.time() - begun)}

    async def steadily(self, rate: float, count: int, first: int) -> None:
        """New cards at a steady rate."""
        await pace.steadily(self._new, rate, count, first)

    async def together(self, writers: int, seconds: float) -> Answer:
        """As many new cards as so many writers bring to an end; answers commands a second."""
        return {"rate": await pace.together(self._new, writers, seconds)}

    async def early(self, writers: int, count: int) -> None:
        """Transactions that take their ids early and change a card that others change too last of all."""
        numbers = iter(range(count))

        async def write(writer: int) -> None:
            chance = random.Random(writer)
            for _ in numbers:
                card = work.member(chance.randrange(SHARED_CARDS))
                await self.change([card], early=chance.uniform(0.0, EARLY_SECONDS))

        await asyncio.gather(*(write(writer) for writer in range(writers)))

    async def _new(self, number: int) -> None:
        await self.change([work.member(number)])
