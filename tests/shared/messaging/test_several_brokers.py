"""A cluster is known by several addresses, of which some may be away."""

from dataclasses import replace

from deploy.local.ports import LOOPBACK, free_port
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from tests.shared.toy.parts import consuming, count_up, relaying, took_effect


async def test_one_address_that_answers_is_enough(dsn: str, pool: Pool, corner: Kafka) -> None:
    several = replace(corner, servers=f"{LOOPBACK}:{free_port()},{corner.servers}")
    async with relaying(dsn, several), consuming(pool, several):
        await count_up(pool, "a")
        await took_effect(pool, {"a": [1]})
