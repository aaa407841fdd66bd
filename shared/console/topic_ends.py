"""Where topics end at this moment, as Kafka says it."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.messaging.consumer.positions import Positions
from shared.messaging.kafka import Kafka
from shared.operations.topic_reader import open_reader

ANSWER_SECONDS = 1.5
# So long a broker isn't asked again that didn't answer.
REST_SECONDS = 10.0


class TopicEnds:
    """Asks the brokers by a client that stays open from the first question until `close`."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._reader: AIOKafkaConsumer | None = None
        self._opened = AsyncExitStack()
        self._rests_until = float("-inf")

    async def read(self, partitions: Sequence[TopicPartition]) -> Positions | None:
        """The offset behind the last record of each; None if the brokers don't say it soon, or didn't just now."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._rests_until:
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                reader = await self._open(partitions)
                ends: Positions = await reader.end_offsets(list(partitions))
        except (KafkaError, TimeoutError, OSError):
            self._rests_until = loop.time() + REST_SECONDS
            await self.close()
            return None
        return ends

    async def close(self) -> None:
        """Leave the brokers, until the next question."""
        opened, self._opened, self._reader = self._opened, AsyncExitStack(), None
        await opened.aclose()

    async def _open(self, partitions: Sequence[TopicPartition]) -> AIOKafkaConsumer:
        reader: AIOKafkaConsumer = self._reader or await self._opened.enter_async_context(
            open_reader(self._kafka)
        )
        if self._reader is None or reader.assignment() != set(partitions):
            # So it learns of all their topics at once; paused, it reads nothing.
            reader.assign(list(partitions))
            reader.pause(*partitions)
        self._reader = reader
        return reader
