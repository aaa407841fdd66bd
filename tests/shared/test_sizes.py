"""A message that the broker refuses stops those behind it: nothing newer of its key is written before it."""

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from shared.messaging.kafka import Kafka
from shared.messaging.sender import Record, Sender
from shared.testing.kafka import configure, records
from tests.shared.toy.tallies import TALLY

# Too large together for one batch, so the second message would travel in a batch of its own.
LIMIT = 100_000
SIZES = [510_000, 30_000]


async def test_nothing_passes_a_message_that_the_broker_refuses(corner: Kafka) -> None:
    page = [
        Record(corner.name(TALLY.name), b"a", b"x" * size, [], timestamp_ms=1_700_000_000_000)
        for size in SIZES
    ]
    sender = Sender(corner)
    try:
        await configure(corner, TALLY, {"max.message.bytes": str(LIMIT)})
        for _ in range(3):
            with pytest.raises(MessageSizeTooLargeError):
                await sender.send(page)
        assert await written(corner) == []

        await configure(corner, TALLY, {})
        await sender.send(page)
        assert await written(corner) == SIZES
    finally:
        await sender.close()


async def written(kafka: Kafka) -> list[int]:
    """The sizes of what is on the topic."""
    return [len(record.value) for record in await records(kafka, TALLY.name)]
