"""What the broker refuses as too large: a message stops those behind it, so that nothing newer of its key is written
before it; messages that are only too large together go in smaller batches."""

from contextlib import suppress

import pytest
from aiokafka.errors import MessageSizeTooLargeError

from shared.messaging.kafka import Kafka
from shared.messaging.relay.producer import OutgoingRecord, PageProducer
from shared.testing.kafka import configure_topic, read_records
from tests.shared.toy.tallies import TALLY

# Too large together for one batch, so the second message would travel in a batch of its own.
LIMIT = 100_000
SIZES = [510_000, 30_000]
TOGETHER_TOO_LARGE = [60_000, 50_000, 40_000]


async def test_nothing_passes_a_message_that_the_broker_refuses(corner: Kafka) -> None:
    page = records_of(corner, SIZES)
    sender = PageProducer(corner)
    try:
        await configure_topic(corner, TALLY, {"max.message.bytes": str(LIMIT)})
        for _ in range(3):
            with pytest.raises(MessageSizeTooLargeError):
                await sender.send_page(page)
        assert await written(corner) == []

        await configure_topic(corner, TALLY, {})
        await sender.send_page(page)
        assert await written(corner) == SIZES
    finally:
        await sender.close()


async def test_messages_that_are_too_large_only_together_go_in_smaller_batches(corner: Kafka) -> None:
    page = records_of(corner, TOGETHER_TOO_LARGE)
    sender = PageProducer(corner)
    try:
        await configure_topic(corner, TALLY, {"max.message.bytes": str(LIMIT)})
        await until_sent(sender, page)
        assert await written(corner) == TOGETHER_TOO_LARGE
    finally:
        await sender.close()


async def until_sent(sender: PageProducer, page: list[OutgoingRecord]) -> None:
    """As a relay does it: again and again, but not for ever."""
    for _ in range(10):
        with suppress(MessageSizeTooLargeError):
            return await sender.send_page(page)
    raise AssertionError("the page was refused ten times")


def records_of(kafka: Kafka, sizes: list[int]) -> list[OutgoingRecord]:
    """A record of each size, all of one key."""
    return [
        OutgoingRecord(kafka.topic_name(TALLY.name), b"a", b"x" * size, [], timestamp_ms=1_700_000_000_000)
        for size in sizes
    ]


async def written(kafka: Kafka) -> list[int]:
    """The sizes of what is on the topic."""
    return [len(record.value) for record in await read_records(kafka, TALLY.name)]
