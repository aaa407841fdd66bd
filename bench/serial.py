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
from bench.child import Answer, Operation, serve_requests
from shared.messaging.consumer import batch, inbox, positions
from shared.messaging.consumer.batch import ReceivedRecord
from shared.messaging.kafka import Kafka
from shared.messaging.relay import cursor, relay
from shared.messaging.relay.producer import PageProducer
from shared.messaging.relay.relay import Relay
from shared.postgres.pool import Connection, open_pool, session_settings, transaction
from shared.runtime import logs

BATCH = 1000


async def _time_call(work: Callable[[], Awaitable[Any]]) -> tuple[float, Any]:
    begun = time.perf_counter()
    result = await work()
    return time.perf_counter() - begun, result


class Serial:
    """The stages, in order; each one's output is the next one's input."""

    OPERATIONS = ("time_stages",)

    def __init__(self, addresses: Mapping[str, Any]) -> None:
        self._addresses = addresses
        self._kafka = Kafka(**addresses["kafka"])

    def list_operations(self) -> dict[str, Operation]:
        return {name: getattr(self, name) for name in self.OPERATIONS}

    async def time_stages(self, backlog: int) -> Answer:
        """Messages a second of each stage, for a backlog that is in the outbox."""
        logs.configure_logging("serial")
        read, pages = await _time_call(self._read_outbox)
        send, _ = await _time_call(lambda: self._send_pages(pages))
        pages.clear()
        receive, received = await _time_call(lambda: self._receive_batches(backlog))
        apply, _ = await _time_call(lambda: self._apply_batches(received))
        return {
            "read": backlog / read,
            "encode and send": backlog / send,
            "receive, decode and validate": backlog / receive,
            "apply in batches": backlog / apply,
        }

    async def _read_outbox(self) -> list[Sequence[asyncpg.Record]]:
        options = session_settings(work.OWNER, "bench") | cursor.PLANS | {"synchronous_commit": "off"}
        session: Connection = await asyncpg.connect(self._addresses["owner"], server_settings=options)
        position = await (await cursor.take_over_cursor(session))[0].open_window(session)
        pages: list[Sequence[asyncpg.Record]] = []
        while position.upto is not None:
            rows = await position.read_page(session, relay.PAGE)
            pages.append(rows)
            position = position.moved_to(
                rows[-1]["id"] if rows else position.last_id, complete=len(rows) < relay.PAGE
            )
            if position.upto is not None:
                position = await position.save(session)
        await session.close()
        return pages

    async def _send_pages(self, pages: Sequence[Sequence[asyncpg.Record]]) -> None:
        encoder = Relay(self._addresses["owner"], work.OWNER, self._kafka, origin=work.ORIGIN)
        sender = PageProducer(self._kafka)
        for rows in pages:
            if rows:
                await sender.send_page(encoder._build_records(rows))
        await sender.close()

    async def _receive_batches(self, backlog: int) -> list[list[ReceivedRecord]]:
        name = self._kafka.topic_name(work.CARD.name)
        consumer = AIOKafkaConsumer(**self._kafka.client_options, auto_offset_reset="earliest")
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

    async def _apply_batches(self, batches: Sequence[Sequence[ReceivedRecord]]) -> None:
        name = self._kafka.topic_name(work.CARD.name)
        expected = {TopicPartition(name, number): 0 for number in range(work.CARD.partitions)}
        async with await open_pool(self._addresses["reader"], work.READER) as pool:
            async with transaction(pool) as tx:
                await positions.insert_missing(tx, work.READER, expected)
            for received in batches:
                if received:
                    following = batch.next_offsets(received)
                    async with transaction(pool) as tx:
                        ids = batch.claimed_ids(received)
                        admitted = await inbox.admit_messages(tx, work.READER, expected, following, ids)
                        routes = {work.CARD: work.apply_messages}
                        await batch.apply_batch(tx, work.READER, routes, received, admitted, 100)
                    expected.update(following)


if __name__ == "__main__":
    asyncio.run(serve_requests(lambda addresses: Serial(addresses).list_operations()))
