"""Work that waits for a time: steps that claim what is due, done again and again."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from shared.backoff import backoff_seconds
from shared.postgres.pool import Pool

log = structlog.get_logger(__name__)

RETRY_SECONDS = (1.0, 30.0)


@dataclass(frozen=True)
class Worker:
    """`step` does what is due and returns how much it did; after none it rests for `every` seconds."""

    name: str
    step: Callable[[Pool], Awaitable[int]]
    every: float

    async def run(self, pool: Pool) -> None:
        """Work until cancelled; a failed step is logged and tried again."""
        task, failures = asyncio.current_task(), 0
        assert task is not None
        while not task.cancelling():
            try:
                done = await self.step(pool)
            except Exception as error:  # noqa: BLE001 - what was claimed is claimed again when its lease ends
                log.error("work.step.failed", worker=self.name, error=type(error).__name__)
                await asyncio.sleep(backoff_seconds(failures, *RETRY_SECONDS))
                failures += 1
            else:
                failures = 0
                await asyncio.sleep(0 if done else self.every * random.uniform(0.8, 1))
        # A library swallowed it: asyncio.wait_for of Python 3.11 does when the answer comes at the same moment.
        raise asyncio.CancelledError
