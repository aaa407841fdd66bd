"""A worker keeps failing; or one of its items has failed, and an operator lets it be tried again."""

from collections.abc import Sequence

import pytest

from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool, Tx
from shared.runtime import items, worker
from shared.runtime.attempts import can_begin
from shared.runtime.items import ItemWork
from shared.runtime.metrics import read_failed_items
from shared.runtime.service import PARTS, Service
from shared.runtime.worker import build_item_worker
from shared.testing.services import running_service
from tests.operations.operator import Log, walking
from tests.shared.toy.app import compose

FIND = f"SELECT key FROM barred WHERE {can_begin('errands', 'key')} ORDER BY key LIMIT 9"
STEPS = 'alumnibus_work_failing_steps{worker="errands"}'
FAILED = 'alumnibus_work_failed_items_total{worker="errands"}'


def compose_with_errands() -> Service:
    """The toy with a worker that takes what is barred, one key after the other, and can't where it is told so."""

    async def find(tx: Tx) -> Sequence[str]:
        return [row["key"] for row in await tx.fetch(FIND)]

    async def take(tx: Tx, keys: Sequence[str]) -> None:
        if {"bad", "worse"} & set(keys):
            raise ValueError(str(keys))
        await tx.execute("DELETE FROM barred WHERE key = ANY($1)", keys)

    service = compose()
    object.__setattr__(service, "workers", [build_item_worker(ItemWork("errands", find, take), every=0.01)])
    return service


async def bar(pool: Pool, *keys: str) -> None:
    await pool.executemany("INSERT INTO barred VALUES ($1)", [(key,) for key in keys])


async def test_an_item_fails_alone_and_is_tried_again_when_its_cause_is_mended(
    toy: pytest.MonkeyPatch, pool: Pool, corner: Kafka, log: Log
) -> None:
    await bar(pool, "a", "bad", "c", "worse")
    errands = running_service(compose_with_errands(), PARTS)
    before = read_failed_items().get("errands", 0)
    async with walking("An item has failed", log) as operator, errands as running:
        await operator.hears("work.item.failed", item="worse", error="ValueError")
        await operator.hears("work.item.failed", item="bad", error="ValueError")
        await operator.all_is_well(running)
        await operator.watches(running, FAILED, before + 2)
        told = (await running.http.get("/readyz")).json()
        assert told["failed_items"]["errands"] >= 2
        assert [row["key"] for row in await pool.fetch("SELECT key FROM barred")] == ["bad", "worse"]
        service = running.app.state.service

        listed = (await operator.does(service, "failed list")).splitlines()[1:]
        assert [line.split()[:3] for line in listed] == [
            ["errands", "bad", "ValueError"],
            ["errands", "worse", "ValueError"],
        ]
        await pool.execute("UPDATE barred SET key = 'mended' WHERE key = 'bad'")
        retry = "failed retry WORKER ITEM"
        assert (
            await operator.does(service, retry, WORKER="errands", ITEM="bad") == "1 items are tried again\n"
        )
        await operator.does(service, retry, WORKER="errands", ITEM="bad", fails=True)
        await operator.does(service, retry, WORKER="errands", ITEM="all")


async def test_a_worker_that_keeps_failing_is_not_ready_and_says_with_what(
    toy: pytest.MonkeyPatch, pool: Pool, corner: Kafka, log: Log
) -> None:
    toy.setattr(items, "MOST_FAILED", 1)
    toy.setattr(worker, "RETRY_SECONDS", (0.01, 0.1))
    await bar(pool, "bad", "worse")
    errands = running_service(compose_with_errands(), PARTS)
    async with walking("A worker keeps failing", log) as operator, errands as running:
        await operator.hears("work.item.failed", item="bad")
        await operator.hears("work.item.failed", item="worse")
        await bar(pool, "a")
        await operator.sees(running, "work", "errands keeps failing: TooManyFailed")
        await operator.hears("work.step.failed", worker="errands")
        await operator.watches(running, STEPS, 3)

        toy.setattr(items, "MOST_FAILED", 100)
        await operator.all_is_well(running)
        await operator.watches(running, STEPS, 0, 0)
