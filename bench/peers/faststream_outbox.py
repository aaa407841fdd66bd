"""The peer faststream-outbox, as its documentation relays to Kafka; what it sends is read by our consumer.

One worker, as by default, since more would break the order of a key; both batch sizes at 100, which it recommends
for speed.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from faststream.kafka import KafkaBroker, KafkaResponse
from faststream_outbox import OutboxBroker, make_outbox_table
from faststream_outbox.annotations import OutboxMessage
from sqlalchemy import MetaData, Table, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bench import work
from bench.child import serve_requests
from bench.owner import Owner
from shared.messaging.broker_security import build_security
from shared.postgres.pool import session_settings
from shared.runtime import logs

QUEUE = "cards"
BATCH = 100


class FaststreamOutbox(Owner):
    """The operations of the owner's process."""

    def __init__(self, addresses: Mapping[str, Any]) -> None:
        super().__init__(addresses)
        self._metadata = MetaData()
        self._table: Table = make_outbox_table(self._metadata, table_name="outbox_of_faststream")
        self._broker_kafka = KafkaBroker(
            self._kafka.servers, security=build_security(self._kafka), acks="all", logger=None
        )
        self._engine: AsyncEngine | None = None
        self._broker: OutboxBroker | None = None

    @property
    def engine(self) -> AsyncEngine:
        assert self._engine is not None, "asked before it was connected"
        return self._engine

    @property
    def broker(self) -> OutboxBroker:
        assert self._broker is not None, "asked before it was connected"
        return self._broker

    async def connect(self, schema: str) -> None:
        logs.configure_logging(schema)
        self._engine = create_async_engine(
            self._addresses["owner"].replace("postgresql://", "postgresql+asyncpg://", 1),
            connect_args={"server_settings": session_settings(schema, "faststream-outbox")},
            pool_size=20,
        )
        async with self.engine.begin() as connection:
            await connection.run_sync(self._metadata.create_all)
        self._broker = OutboxBroker(self.engine, outbox_table=self._table)

    async def change_cards(self, who: Sequence[UUID], early: float = 0.0) -> None:
        async with self.engine.begin() as connection:
            if early:
                await connection.execute(text(work.EARLY))
                await asyncio.sleep(early)
            rows = (await connection.exec_driver_sql(work.CHANGE, (list(who), work.NAME))).mappings().all()
            for card in work.build_cards(dict(row) for row in rows):
                await self.broker.publish(
                    card, queue=QUEUE, session=connection, headers=work.cloud_event_attributes(card)
                )

    async def start_relay(self) -> None:
        publisher = self._broker_kafka.publisher(self._kafka.topic_name(work.CARD.name))

        @publisher
        @self.broker.subscriber(QUEUE, fetch_batch_size=BATCH, terminal_flush_batch_size=BATCH)
        async def relay(body: dict[str, Any], message: OutboxMessage) -> KafkaResponse:
            return KafkaResponse(body, key=body["member"].encode(), headers=message.headers)

        await self._broker_kafka.connect()
        await self.broker.start()

    async def shut_down(self) -> None:
        await self.broker.stop()
        await self._broker_kafka.stop()
        await self.engine.dispose()


if __name__ == "__main__":
    asyncio.run(serve_requests(lambda addresses: FaststreamOutbox(addresses).list_operations()))
