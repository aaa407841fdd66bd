"""A part that dies takes its process along: one that lived on without it would look healthy and do nothing."""

import asyncio

from shared.runtime.process import running_task


async def test_a_part_that_dies_is_told() -> None:
    died = asyncio.Event()

    async def part() -> None:
        raise LookupError

    async with running_task(part(), died.set):
        await asyncio.wait_for(died.wait(), 5)

    assert died.is_set()


async def test_a_part_that_is_ended_is_no_death() -> None:
    died = asyncio.Event()

    async with running_task(asyncio.sleep(3600), died.set):
        pass

    assert not died.is_set()
