"""Work that waits for a time: steps that claim what is due, done again and again."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from opentelemetry.trace import SpanKind
from structlog.contextvars import bound_contextvars

from shared.backoff import backoff_seconds
from shared.postgres.pool import Pool
from shared.runtime import metrics
from shared.runtime.items import ItemWork
from shared.stopping import is_told_to_stop
from shared.traces import spans

log = structlog.get_logger(__name__)

RETRY_SECONDS = (1.0, 30.0)
# So many failures in a row are no passing ones.
FAILING_STEPS = 3


@dataclass
class Worker:
    """`step` does what is due and returns how much it did; after none it rests for `every` seconds."""

    name: str
    step: Callable[[Pool], Awaitable[int]]
    every: float
    failures: int = field(default=0, init=False)
    error: str | None = field(default=None, init=False)

    async def run(self, pool: Pool) -> None:
        """Work until cancelled; a failed step is logged and tried again."""
        task = asyncio.current_task()
        assert task is not None
        while not task.cancelling():
            try:
                done = await self._trace_step(pool)
            except BaseException as error:
                if is_told_to_stop(error):
                    raise
                await asyncio.sleep(self._note_failure(error))
            else:
                self._note_success()
                await asyncio.sleep(0 if done else self.every * random.uniform(0.8, 1))
        # A library swallowed it: asyncio.wait_for of Python 3.11 does when the answer comes at the same moment.
        raise asyncio.CancelledError

    async def _trace_step(self, pool: Pool) -> int:
        """What it does is the beginning of a trace; a step that finds nothing to do is none."""
        if not spans.are_recorded():
            return await self.step(pool)
        span = spans.begin_span(f"work {self.name}", SpanKind.INTERNAL)
        try:
            with bound_contextvars(**{spans.HEADER: spans.write_traceparent(span)}):
                done = await self.step(pool)
        except Exception as error:
            spans.fail_span(span, error)
            raise
        if done:
            span.set_attribute("alumnibus.work.done", done)
            span.end()
        return done

    @property
    def trouble(self) -> str | None:
        """What its step raises again and again, if it does."""
        return f"{self.name} keeps failing: {self.error}" if self.failures >= FAILING_STEPS else None

    def _note_failure(self, error: BaseException) -> float:
        """Returns for how many seconds to wait."""
        seconds = backoff_seconds(self.failures, *RETRY_SECONDS)
        self.failures, self.error = self.failures + 1, type(error).__name__
        metrics.FAILING_STEPS.labels(self.name).set(self.failures)
        log.error("work.step.failed", worker=self.name, error=self.error)
        return seconds

    def _note_success(self) -> None:
        self.failures = 0
        metrics.FAILING_STEPS.labels(self.name).set(0)


def build_item_worker(work: ItemWork, every: float) -> Worker:
    """The worker of these items. Its counts begin at 0, so that whoever watches them sees the first."""
    metrics.FAILED_ITEMS.labels(work.worker)
    metrics.DELAYED_ITEMS.labels(work.worker)
    return Worker(work.worker, work.step, every)
