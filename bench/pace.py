"""Commands at a steady rate, and as many commands as go."""

import asyncio
from collections.abc import Awaitable, Callable

Command = Callable[[int], Awaitable[None]]


async def run_at_rate(command: Command, rate: float, count: int, first: int) -> None:
    """Start `count` commands, numbered from `first`, `rate` a second, whether or not the earlier ones are done."""
    clock = asyncio.get_running_loop()
    begun = clock.time()
    async with asyncio.TaskGroup() as running:
        for number in range(count):
            await asyncio.sleep(max(0.0, begun + number / rate - clock.time()))
            running.create_task(command(first + number))  # type: ignore[arg-type]


async def run_concurrently(command: Command, writers: int, seconds: float) -> float:
    """Commands a second that so many writers bring to an end, each one after the other."""
    clock = asyncio.get_running_loop()
    begun, done = clock.time(), 0

    async def write(writer: int) -> None:
        nonlocal done
        number = writer
        while clock.time() < begun + seconds:
            await command(number)
            number += writers
            done += 1

    await asyncio.gather(*(write(writer) for writer in range(writers)))
    return done / (clock.time() - begun)
