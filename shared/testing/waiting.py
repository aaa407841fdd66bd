"""Waiting for a condition, never for a time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(condition: Callable[[], Awaitable[T]], *, seconds: float = 30) -> T:
    """The first truthy answer of `condition`. Raises AssertionError with the last answer after `seconds`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        answer = await condition()
        if answer:
            return answer
        if loop.time() > until:
            raise AssertionError(f"still {answer!r} after {seconds} s")
        await asyncio.sleep(0.02)
