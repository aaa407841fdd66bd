"""The owner's process whose messages Watermill's forwarder carries; what it sends is read by our consumer.

The writers are in Python, with the table and the envelope of Watermill's own publisher.
"""

import asyncio
import base64
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from bench import cpu, work
from bench.child import Answer, measure_usage, serve_requests
from bench.owner import Owner
from bench.peers.watermill import PROGRAM
from shared.postgres.pool import Pool, open_pool, transaction
from shared.runtime import logs

# As DefaultPostgreSQLSchema makes it, which the forwarder does itself if the table isn't there.
TABLE = """
CREATE TABLE IF NOT EXISTS watermill_cards (
    "offset" BIGSERIAL,
    "uuid" VARCHAR(36) NOT NULL,
    "created_at" TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "payload" JSON DEFAULT NULL,
    "metadata" JSON DEFAULT NULL,
    "transaction_id" xid8 NOT NULL,
    PRIMARY KEY ("transaction_id", "offset")
)"""

INSERT = """
INSERT INTO watermill_cards (uuid, payload, metadata, transaction_id)
SELECT m.uuid, m.payload, '{}', pg_current_xact_id()
FROM unnest($1::text[], $2::json[]) WITH ORDINALITY AS m(uuid, payload, ordinal) ORDER BY m.ordinal"""


class Watermill(Owner):
    """The operations of the owner's process."""

    OPERATIONS = (*Owner.OPERATIONS, "measure_usage")

    def __init__(self, addresses: Mapping[str, Any]) -> None:
        super().__init__(addresses)
        self._topic = self._kafka.topic_name(work.CARD.name)
        self._forwarder: asyncio.subprocess.Process | None = None
        self._pool: Pool | None = None

    @property
    def pool(self) -> Pool:
        assert self._pool is not None, "asked before it was connected"
        return self._pool

    async def connect(self, schema: str) -> None:
        logs.configure_logging(schema)
        self._pool = await open_pool(self._addresses["owner"], schema, size=16)
        async with transaction(self.pool) as tx:
            await tx.execute(TABLE)

    async def change_cards(self, who: Sequence[UUID], early: float = 0.0) -> None:
        async with transaction(self.pool) as tx:
            await work.begin_early(tx, early)
            cards = await work.change_cards(tx, who)
            await tx.execute(
                INSERT, [str(uuid4()) for _ in cards], [self._wrap_in_envelope(card) for card in cards]
            )

    async def start_relay(self) -> None:
        settings = {
            "DSN": f"{self._addresses['owner']}?sslmode=disable&search_path={work.OWNER}",
            "KAFKA": self._kafka.servers,
            "KAFKA_USER": self._kafka.user,
            "KAFKA_PASSWORD": self._kafka.password,
        }
        self._forwarder = await asyncio.create_subprocess_exec(
            Path(self._addresses["programs"]) / PROGRAM,
            stdin=asyncio.subprocess.PIPE,
            env={**os.environ, **settings},
        )

    async def measure_usage(self) -> Answer:
        """The CPU of both processes, and the memory of the forwarder."""
        own = await measure_usage()
        if self._forwarder is None:
            return own
        return {"cpu": cpu.cpu_seconds(os.getpid()), "memory": cpu.peak_megabytes(self._forwarder.pid)}

    async def shut_down(self) -> None:
        """The forwarder ends with its standard input."""
        if self._forwarder is not None and self._forwarder.stdin is not None:
            self._forwarder.stdin.close()
            await self._forwarder.wait()
        await self.pool.close()

    def _wrap_in_envelope(self, card: work.Card) -> str:
        return json.dumps(
            {
                "destination_topic": self._topic,
                "uuid": str(uuid4()),
                "payload": base64.b64encode(card.model_dump_json().encode()).decode(),
                "metadata": work.cloud_event_attributes(card),
            }
        )


if __name__ == "__main__":
    asyncio.run(serve_requests(lambda addresses: Watermill(addresses).list_operations()))
