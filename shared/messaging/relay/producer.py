"""The way to the broker: pages of messages, in batches for each partition, all acknowledged or none trusted."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.messaging import missing_topics
from shared.messaging.kafka import Kafka, partition_of
from shared.messaging.message import Headers

SEND_SECONDS = 20
# A batch that the broker refuses as too large is halved down to this; a single message is a batch at any size.
BATCH_BYTES = (16 * 1024, 512 * 1024)


class OutgoingRecord(NamedTuple):
    """One record to send; `topic` as on the broker, `value` None is a tombstone."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Headers
    timestamp_ms: int


class PageProducer:
    """An idempotent producer that is thrown away after any failure: the next one goes on from the cursor."""

    def __init__(self, kafka: Kafka) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None
        self._batch_bytes = BATCH_BYTES[1]

    async def send_page(self, page: Sequence[OutgoingRecord]) -> None:
        """Returns when every record is acknowledged by all replicas. On any failure raises, and some may be
        written: send the page again."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._submit_batches(await self._started_producer(), page)
        except MessageSizeTooLargeError:
            self._batch_bytes = max(self._batch_bytes // 2, BATCH_BYTES[0])
            await self.close()
            raise
        except BaseException:
            await self.close()
            raise

    async def count_partitions(self, topic: str) -> int:
        """How many partitions a topic has on the broker. Raises `TopicMissing`."""
        async with asyncio.timeout(SEND_SECONDS):
            return await missing_topics.count_partitions((await self._started_producer()).client, topic)

    async def close(self) -> None:
        """Drop the producer, with all that it hasn't sent."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await _abandon_producer(producer)

    async def _started_producer(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._kafka.client_options,
                acks="all",
                enable_idempotence=True,
                max_batch_size=self._batch_bytes,
                request_timeout_ms=10_000,
            )
            self._producer = producer
            await producer.start()
        return self._producer

    async def _submit_batches(self, producer: AIOKafkaProducer, page: Sequence[OutgoingRecord]) -> None:
        """One batch for each partition at a time: behind one that is refused, the next would still be taken, and in
        it newer messages of the same keys."""
        by_partition: dict[tuple[str, int], list[OutgoingRecord]] = defaultdict(list)
        names = {record.topic for record in page}
        partitions = {name: await missing_topics.count_partitions(producer.client, name) for name in names}
        for record in page:
            by_partition[record.topic, partition_of(record.key, partitions[record.topic])].append(record)
        for batches in zip_longest(*(_build_batches(producer, records) for records in by_partition.values())):
            places = zip(by_partition, batches, strict=True)
            acknowledged = [
                await producer.send_batch(batch, topic, partition=partition)
                for (topic, partition), batch in places
                if batch is not None
            ]
            await asyncio.gather(*acknowledged)


def _build_batches(producer: AIOKafkaProducer, records: Sequence[OutgoingRecord]) -> Iterator[BatchBuilder]:
    batch = producer.create_batch()
    for r in records:
        fields = {"timestamp": r.timestamp_ms, "key": r.key, "value": r.value, "headers": r.headers}
        if batch.append(**fields) is None:
            yield batch
            batch = producer.create_batch()
            batch.append(**fields)
    yield batch


async def _abandon_producer(producer: AIOKafkaProducer) -> None:
    """End a producer at once. Its own `stop()` waits for ever while the broker is away, and one that lives on
    would write its old batches after newer ones."""
    await producer.client.close()
    work = producer._sender.sender_task
    while work is not None and not work.done():
        work.cancel()
        await asyncio.wait([work], timeout=0.1)
    producer._closed = True
