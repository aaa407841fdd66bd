"""The serial limit: each stage of a drain alone, in one process, with the work that it really has.

A drain that does one stage after the other for each message can't be faster than 1 / Σ (1 / stage).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from bench import work
from bench.child import Answer, Verb, obey
from shared.messaging.consumer import batch, inbox, positions
from shared.messaging.consumer.batch import ReceivedRecord
from shared.messaging.kafka import Kafka
from shared.messaging.relay import cursor, relay
from shared.messaging.relay.producer import PageProducer
from shared.messaging.relay.relay import Relay
from shared.postgres.pool import Connection, open_pool, session_settings, transaction
from shared.runtime import logs

BATCH = 1000


async def _timed(work: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    begun = time.perf_counter()
    result = await work()
    return time.perf_counter() - begun, result


class Serial:
    """The stages, in order; each one's product is the next one's work."""

    def __init__(self, place: Mapping[str, Any]) -> None:
        self._place = place
        self._kafka = Kafka(place["kafka"], place["prefix"])

    def verbs(self) -> dict[str, Verb]:
        return {"stages": self.stages}

    async def stages(self, backlog: int) -> Answer:
        """Messages a second of each stage, for a backlog that is in the outbox."""
        logs.configure_logging("serial")
        read, pages = await _timed(self._read)
        send, _ = await _timed(lambda: self._send(pages))
        pages.clear()
        receive, received = await _timed(lambda: self._receive(backlog))
        apply, _ = await _timed(lambda: self._apply(received))
        return {
            "read": backlog / read,
            "encode and send": backlog / send,
            "receive, decode and validate": backlog / receive,
            "apply in batches": backlog / apply,
        }

    async def _read(self) -> list[Sequence[asyncpg.Record]]:
        options = session_settings(work.OWNER, "bench") | cursor.PLANS | {"synchronous_commit": "off"}
        session: Connection = await asyncpg.connect(self._place["owner"], server_settings=options)
        place = await (await cursor.take_over_cursor(session))[0].open_window(session)
        pages: list[Sequence[asyncpg.Record]] = []
        while place.upto is not None:
            rows = await place.read_page(session, relay.PAGE)
            pages.append(rows)
            place = place.moved_to(rows[-1]["id"] if rows else place.last_id, complete=len(rows) < relay.PAGE)
            if place.upto is not None:
                place = await place.save(session)
        await session.close()
        return pages

    async def _send(self, pages: Sequence[Sequence[asyncpg.Record]]) -> None:
        encoder = Relay(self._place["owner"], work.OWNER, self._kafka)
        sender = PageProducer(self._kafka)
        for rows in pages:
            if rows:
                await sender.send_page(encoder._build_records(rows))
        await sender.close()

    async def _receive(self, backlog: int) -> list[list[ReceivedRecord]]:
        name = self._kafka.topic_name(work.CARD.name)
        consumer = AIOKafkaConsumer(bootstrap_servers=self._kafka.servers, auto_offset_reset="earliest")
        await consumer.start()
        consumer.assign([TopicPartition(name, number) for number in range(work.CARD.partitions)])
        batches: list[list[ReceivedRecord]] = []
        missing = backlog
        while missing > 0:
            taken: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]] = await consumer.getmany(
                timeout_ms=1000, max_records=BATCH
            )
            batches.append([batch.parse_record(work.CARD, r) for records in taken.values() for r in records])
            missing -= len(batches[-1])
        await consumer.stop()
        return batches

    async def _apply(self, batches: Sequence[Sequence[ReceivedRecord]]) -> None:
        name = self._kafka.topic_name(work.CARD.name)
        expected = {TopicPartition(name, number): 0 for number in range(work.CARD.partitions)}
        async with await open_pool(self._place["reader"], work.READER) as pool:
            async with transaction(pool) as tx:
                await positions.insert_missing(tx, work.READER, expected)
            for received in batches:
                if received:
                    following = batch.next_offsets(received)
                    async with transaction(pool) as tx:
                        ids = [r.id for r in received]
                        admitted = await inbox.admit_messages(tx, work.READER, expected, following, ids)
                        await batch.apply_batch(tx, {work.CARD: work.note}, received, admitted, 100)
                    expected.update(following)


if __name__ == "__main__":
    asyncio.run(obey(lambda place: Serial(place).verbs()))
