"""Whoever retries waits longer after each failure, within bounds, and not in step with others."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.backoff import backoff_seconds
from shared.messaging.consumer import batch_processor, consumer
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.kafka import Kafka
from shared.messaging.message import Message
from shared.messaging.relay import relay
from shared.messaging.relay.relay import Relay
from shared.postgres.pool import Pool, Tx
from shared.runtime import worker
from shared.runtime.process import running_task
from shared.runtime.worker import Worker
from shared.testing.waiting import eventually
from tests.shared.toy.partner import raised, write
from tests.shared.toy.parts import SCHEMA, consuming, relaying, took_effect
from tests.shared.toy.tallies import ROUTES, TALLY, note

SECONDS = st.floats(0.001, 3600)


@given(st.integers(0, 10**9), SECONDS, SECONDS)
def test_no_wait_is_below_half_the_shortest_or_above_the_longest(
    attempt: int, one: float, other: float
) -> None:
    shortest, longest = sorted((one, other))

    assert shortest / 2 <= backoff_seconds(attempt, shortest, longest) <= longest


@given(st.integers(0, 10))
def test_the_wait_doubles_until_the_longest(attempt: int) -> None:
    waits = [backoff_seconds(attempt, 1, 2**6) for _ in range(200)]

    assert max(waits) <= min(2**attempt, 2**6) < 2.2 * min(waits)


def test_two_that_failed_together_come_back_apart() -> None:
    assert len({backoff_seconds(3, 1, 60) for _ in range(50)}) > 40


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many failures in a row there had been at each wait; nobody really waits."""
    counted: list[int] = []

    def pass_at_once(attempt: int, shortest: float, longest: float) -> float:
        counted.append(attempt)
        return 0.0

    for module in (relay, batch_processor, consumer, worker):
        monkeypatch.setattr(module, "backoff_seconds", pass_at_once)
    return counted


async def reached(counted: Sequence[int], length: int) -> bool:
    return len(counted) >= length


async def test_a_worker_counts_its_failures_until_a_step_succeeds(pool: Pool, failures: list[int]) -> None:
    outcomes = iter((False, False, False, True, False, False))

    async def step(_pool: Pool) -> int:
        if not next(outcomes, True):
            raise ConnectionError
        return 0

    async with running_task(Worker("weary", step, every=0.01).run(pool)):
        await eventually(lambda: reached(failures, 5))

    assert failures == [0, 1, 2, 0, 1]


async def test_a_relay_counts_its_failures_until_it_leads(
    dsn: str, pool: Pool, corner: Kafka, failures: list[int]
) -> None:
    async def leads(relay: Relay) -> bool:
        return relay.leading and relay.trouble is None

    await pool.execute("ALTER TABLE relay RENAME TO elsewhere")
    async with relaying(dsn, corner) as relay:
        await eventually(lambda: reached(failures, 3))
        await pool.execute("ALTER TABLE elsewhere RENAME TO relay")
        await eventually(lambda: leads(relay))
        before = len(failures)
        await pool.execute("ALTER TABLE relay RENAME TO elsewhere")
        await eventually(lambda: reached(failures, before + 2))

    assert failures[: before + 2] == [*range(before), 0, 1]


async def test_a_batch_counts_its_failures_until_it_is_applied(
    pool: Pool, corner: Kafka, failures: list[int]
) -> None:
    outcomes = iter((False, False, False, True, False, True))

    async def locked_out(tx: Tx, messages: Sequence[Message[Any]]) -> None:
        if not next(outcomes):
            raise asyncpg.LockNotAvailableError
        await note(tx, messages)

    async with consuming(pool, corner, routes={TALLY: locked_out}):
        await write(corner, [raised("a", 1)])
        await took_effect(pool, {"a": [1]})
        await write(corner, [raised("a", 2)])
        await took_effect(pool, {"a": [1, 2]})

    assert failures == [0, 1, 2, 3, 0, 1]


async def test_a_consumer_that_finds_no_broker_counts_its_failures(pool: Pool, failures: list[int]) -> None:
    async with running_task(Consumer(SCHEMA, ROUTES, Kafka("127.0.0.1:1"), pool).run()):
        await eventually(lambda: reached(failures, 4))

    assert failures[:4] == [0, 1, 2, 3]
