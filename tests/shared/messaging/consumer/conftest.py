"""Consumers whose clocks go fast, and one that runs on behind a key that is parked."""

from collections.abc import AsyncIterator

import pytest

from shared.messaging.consumer import consumer
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from tests.shared.toy.parked import bar
from tests.shared.toy.partner import raised, write
from tests.shared.toy.parts import consumed, consuming


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Members of a group hear of each other at once: partitions change hands within a fraction of a second."""
    monkeypatch.setattr(consumer, "HEARTBEAT_SECONDS", 0.2)


@pytest.fixture
async def parked(pool: Pool, corner: Kafka) -> AsyncIterator[Pool]:
    """Offsets 1, 3 and 5 are key a's and parked; a consumer runs on."""
    await bar(pool, "a")
    batch = [raised("b", 1), raised("a", 1), raised("c", 1), raised("a", 2), raised("b", 2), raised("a", 3)]
    await write(corner, batch, partition=0)
    async with consuming(pool, corner):
        await consumed(pool, 6)
        yield pool
