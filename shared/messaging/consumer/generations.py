"""The newest generation that a consumer has heard of each owner: a sequence that jumps far ahead of it is refused."""

from collections.abc import Iterable, Mapping
from typing import Any

from shared.contracts.catalogue import Topic
from shared.messaging.claims import check_generation
from shared.messaging.message import Message
from shared.messaging.outbox import GENERATION
from shared.postgres.pool import Tx

_RAISE = """
INSERT INTO heard_generation AS known (owner, number) SELECT * FROM unnest($1::text[], $2::int[])
ON CONFLICT (owner) DO UPDATE SET number = excluded.number WHERE known.number < excluded.number"""


class HeardGenerations:
    """What is `known` by owner. Of an owner that wasn't heard before, the lowest generation of the first batch is
    where it stands: a forged one is seldom alone."""

    def __init__(self, known: Mapping[str, int], batch: Iterable[tuple[Topic, Message[Any] | None]]) -> None:
        self._stored = dict(known)
        lowest: dict[str, int] = {}
        for topic, message in batch:
            if message is not None and topic.owner not in known:
                number = message.sequence // GENERATION
                lowest[topic.owner] = min(number, lowest.get(topic.owner, number))
        self._newest = lowest | self._stored

    def hear(self, topic: Topic, sequence: int) -> None:
        """Take note of a message's generation. Raises `RefusedRecord` if it jumps."""
        heard = self._newest[topic.owner]
        check_generation(sequence, heard)
        self._newest[topic.owner] = max(heard, sequence // GENERATION)

    async def store_raised(self, tx: Tx) -> None:
        """Store what is newer than what was known."""
        raised = {o: number for o, number in self._newest.items() if number != self._stored.get(o)}
        if raised:
            owners = sorted(raised)
            await tx.execute(_RAISE, owners, [raised[owner] for owner in owners])


async def read_generations(tx: Tx) -> dict[str, int]:
    """The newest generation that was heard, by owner."""
    return {
        row["owner"]: row["number"] for row in await tx.fetch("SELECT owner, number FROM heard_generation")
    }


async def accept_generation(tx: Tx, owner: str, number: int) -> None:
    """An operator's word that an owner has reached this generation."""
    await tx.execute(_RAISE, [owner], [number])
