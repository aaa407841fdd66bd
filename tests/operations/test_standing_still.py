"""Records wait and nothing moves: the consumer hangs, or another transaction holds what it needs."""

from collections.abc import Callable
from typing import Any

import asyncpg
import pytest

from shared.messaging.consumer import watchdog
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from shared.runtime import health
from shared.runtime.service import PARTS
from shared.testing.services import running_service
from shared.testing.waiting import eventually
from tests.operations.operator import Log, Operator
from tests.shared.messaging.consumer.test_watchdog import hang
from tests.shared.messaging.relay.ordering import session
from tests.shared.toy.app import compose
from tests.shared.toy.partner import raised, write
from tests.shared.toy.parts import took_effect

LAG = 'alumnibus_consumer_lag_records{consumer="toy",topic="toy.tally.v1"}'
RESTARTS = 'alumnibus_consumer_restarts_total{consumer="toy"}'
HELD = "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_a_consumer_that_hangs_is_started_again_and_the_second_time_its_part_dies(
    toy: pytest.MonkeyPatch, pool: Pool, corner: Kafka, log: Log
) -> None:
    toy.setattr(health, "STALLED_SECONDS", 1.0)
    toy.setattr(watchdog, "STALLED_SECONDS", 3.0)
    operator = Operator(log)
    async with running_service(compose(), PARTS) as running:
        await operator.all_is_well(running)
        before = await operator.figure(running, RESTARTS)
        await hang(running.app.state.consumer)
        await write(corner, [raised("a", 1), raised("a", 2)])
        await operator.sees(running, "consumer", "records wait and nothing moves")
        assert await operator.figure(running, LAG) == 2

        await operator.hears("consumer.watchdog.restart")
        await took_effect(pool, {"a": [1, 2]})
        await operator.all_is_well(running)
        assert await operator.figure(running, RESTARTS) == before + 1
        await operator.watches(running, LAG, 0, 0)

        await hang(running.app.state.consumer)
        await write(corner, [raised("a", 3)])

        async def died() -> bool:
            return any(
                line["event"] == "service.part.died" and line["error"] == "ConsumerStuck" for line in log
            )

        await eventually(died)
    async with running_service(compose(), PARTS) as running:
        await took_effect(pool, {"a": [1, 2, 3]})
        await operator.all_is_well(running)


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


async def test_a_consumer_that_hangs_is_named_after_30_s_and_started_again_after_130_s(
    toy: pytest.MonkeyPatch, pool: Pool, corner: Kafka, log: Log
) -> None:
    clock = Clock()
    toy.setattr(watchdog, "time", clock)
    toy.setattr(watchdog, "CHECK_SECONDS", 0.0)
    operator = Operator(log)
    async with running_service(compose(), PARTS) as running:
        await operator.all_is_well(running)
        for version in (1, 3):
            clock.now += 601
            await operator.all_is_well(running)
            restarts = await operator.figure(running, RESTARTS)
            await hang(running.app.state.consumer)
            await write(corner, [raised("a", version)])
            await operator.watches(running, LAG, 1)

            clock.now += 29
            await operator.all_is_well(running)
            clock.now += 2
            await operator.sees(running, "consumer", "records wait and nothing moves")
            clock.now += 98
            await write(corner, [raised("a", version + 1)])
            await operator.watches(running, LAG, 2)
            assert await operator.figure(running, RESTARTS) == restarts
            clock.now += 2
            await took_effect(pool, {"a": [*range(1, version + 2)]})
            assert await operator.figure(running, RESTARTS) == restarts + 1
            await operator.watches(running, LAG, 0, 0)


async def test_a_transaction_that_holds_a_lock_is_found_and_nothing_is_parked(
    toy: pytest.MonkeyPatch, dsn: str, pool: Pool, corner: Kafka, log: Log
) -> None:
    toy.setattr(asyncpg, "create_pool", impatient(asyncpg.create_pool))
    operator = Operator(log)
    async with running_service(compose(), PARTS) as running, session(dsn) as other:
        await operator.all_is_well(running)
        async with other.transaction():
            await other.execute("LOCK TABLE effect")
            await write(corner, [raised("a", 1)])
            await operator.sees(running, "consumer", "TimeoutError")
            await eventually(lambda: waits(pool))
        await took_effect(pool, {"a": [1]})
        await operator.all_is_well(running)


def impatient(create: Callable[..., Any]) -> Callable[..., Any]:
    """Makes pools whose statements are given up after a second, not after a minute."""
    return lambda dsn, **given: create(dsn, **given | {"command_timeout": 1})


async def waits(pool: Pool) -> bool:
    return any("INSERT INTO effect" in row["query"] for row in await pool.fetch(HELD))
