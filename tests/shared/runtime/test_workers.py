"""A worker ends when it is told to, whatever its step does with the word."""

import asyncio
from contextlib import suppress

from shared.postgres.pool import Pool
from shared.runtime.process import running_task
from shared.runtime.worker import Worker


async def test_a_worker_whose_step_swallows_the_order_to_stop_ends_all_the_same(pool: Pool) -> None:
    begun, died = asyncio.Event(), asyncio.Event()

    async def swallow(_pool: Pool) -> int:
        begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return 1

    async with asyncio.timeout(10), running_task(Worker("swallowing", swallow, every=0).run(pool), died.set):
        await begun.wait()

    assert not died.is_set()


async def test_a_worker_goes_on_after_a_step_that_failed(pool: Pool) -> None:
    steps: list[int] = []
    third = asyncio.Event()

    async def fail_once(_pool: Pool) -> int:
        steps.append(len(steps))
        if len(steps) == 1:
            raise RuntimeError
        if len(steps) == 3:
            third.set()
        return 1

    async with asyncio.timeout(20), running_task(Worker("failing", fail_once, every=0).run(pool)):
        await third.wait()
