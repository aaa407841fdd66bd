"""Work on items: whatever one of them raises, it alone fails after bounded attempts, and the others go on."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from shared.postgres.pool import Pool, Tx, transaction
from shared.postgres.transient import is_transient
from shared.runtime import attempts, metrics
from shared.runtime.attempts import MOST_DELAYS, MOST_LOST, Attempt
from shared.stopping import is_told_to_stop

log = structlog.get_logger(__name__)

# So many failed items that this is no longer about single ones, mostly a bad release.
MOST_FAILED = 100
RELEASE_SECONDS = 3.0
PROCESS_DIED = "ProcessDied"


class TooManyFailed(Exception):
    """So many items have failed that this is no longer about single ones: the worker waits for an operator."""


@dataclass(frozen=True)
class ItemWork:
    """What the worker `worker` does with its items, which it knows by text.

    `find` names what is due and `attempts.can_begin`, at most a batch, and skips what others have locked. `work` does
    all there is to do with these in one transaction: it locks them, and leaves out what others did meanwhile. `fail`
    writes down where the item shows it that it has failed, and why; without it the attempt stays, for an operator.
    """

    worker: str
    find: Callable[[Tx], Awaitable[Sequence[str]]]
    work: Callable[[Tx, Sequence[str]], Awaitable[object]]
    fail: Callable[[Tx, str, str], Awaitable[object]] | None = None

    async def step(self, pool: Pool) -> int:
        """Work on what is due, at most a batch; returns how many items were found.

        What is new is worked on together; what raises is found by halving. An item that was begun before has a
        transaction of its own, so that it takes no other with it if it ends the process again. Raises what the
        database raises while it is away, and `TooManyFailed`.
        """
        async with transaction(pool) as tx:
            found = await self.find(tx)
            if not found:
                return 0
            if await attempts.count_failed(tx, self.worker) >= MOST_FAILED:
                raise TooManyFailed
            again = await attempts.read_attempts(tx, self.worker, found)
            known = {attempt.item for attempt in again}
            new = [item for item in found if item not in known]
            await attempts.begin_attempt(tx, self.worker, new)
        if new:
            await self._work_apart(pool, new, delays=0)
        for attempt in again:
            await self._try_again(pool, attempt)
        return len(found)

    async def _try_again(self, pool: Pool, attempt: Attempt) -> None:
        if attempt.lost >= MOST_LOST:
            await self._fail_item(pool, attempt.item, PROCESS_DIED)
            return
        async with transaction(pool) as tx:
            await attempts.begin_attempt(tx, self.worker, [attempt.item], attempt.lost)
        await self._work_apart(pool, [attempt.item], attempt.delays)

    async def _work_apart(self, pool: Pool, items: Sequence[str], delays: int) -> None:
        error = await self._attempt(pool, items)
        if error is None:
            return
        if is_transient(error) and delays < MOST_DELAYS:
            await self._delay_items(pool, items, type(error).__name__, delays)
        elif len(items) == 1:
            await self._fail_item(pool, items[0], type(error).__name__)
        else:
            middle = len(items) // 2
            await self._work_apart(pool, items[:middle], delays)
            await self._work_apart(pool, items[middle:], delays)

    async def _attempt(self, pool: Pool, items: Sequence[str]) -> BaseException | None:
        try:
            async with transaction(pool) as tx:
                await self.work(tx, items)
                await attempts.end_attempts(tx, self.worker, items)
        except BaseException as error:
            if is_told_to_stop(error):
                await self._release_items(pool, items)
                raise
            return error
        return None

    async def _delay_items(self, pool: Pool, items: Sequence[str], reason: str, before: int) -> None:
        """Where the database is away this raises, and blames no item."""
        async with transaction(pool) as tx:
            await attempts.delay_items(tx, self.worker, items, reason, before)
        metrics.DELAYED_ITEMS.labels(self.worker).inc(len(items))
        log.warning("work.items.delayed", worker=self.worker, items=len(items), error=reason)

    async def _fail_item(self, pool: Pool, item: str, reason: str) -> None:
        if self.fail is None or not await self._write_down(pool, item, reason):
            async with transaction(pool) as tx:
                await attempts.mark_failed(tx, self.worker, item, reason)
        count_failed_item(self.worker, item, reason)

    async def _write_down(self, pool: Pool, item: str, reason: str) -> bool:
        assert self.fail is not None
        try:
            async with transaction(pool) as tx:
                await self.fail(tx, item, reason)
                await attempts.end_attempts(tx, self.worker, [item])
        except BaseException as error:
            if is_told_to_stop(error) or is_transient(error):
                raise
            return False
        return True

    async def _release_items(self, pool: Pool, items: Sequence[str]) -> None:
        """Who is stopped in the middle has lost nothing."""
        with suppress(Exception):
            async with asyncio.timeout(RELEASE_SECONDS), transaction(pool) as tx:
                await attempts.end_attempts(tx, self.worker, items)


def count_failed_item(worker: str, item: str, reason: str) -> None:
    """Show that an item has failed; `reason` is the exception's class: its text may quote a person's data."""
    metrics.FAILED_ITEMS.labels(worker).inc()
    log.error("work.item.failed", worker=worker, item=item, error=reason)
