"""The way of a message, whole: what commits takes effect once, in order."""

from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from tests.shared.toy.parts import consuming, count_up, relaying, took_effect


async def test_what_is_committed_takes_effect_once_and_in_order(dsn: str, pool: Pool, corner: Kafka) -> None:
    async with relaying(dsn, corner), consuming(pool, corner):
        await count_up(pool, "a", 20)
        await count_up(pool, "b", 20)

        await took_effect(pool, {"a": list(range(1, 21)), "b": list(range(1, 21))})
