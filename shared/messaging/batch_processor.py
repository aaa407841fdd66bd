"""From received records to what the database holds: a batch is applied whole, or in halves, or its keys are parked."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

import structlog

from shared.messaging import batch, inbox, metrics, parking
from shared.messaging.assignment import Assignment
from shared.messaging.batch import CeilingReached, Done, Received
from shared.messaging.failpoints import reach
from shared.messaging.inbox import Admitted
from shared.messaging.positions import Superseded
from shared.messaging.routes import Routes
from shared.postgres.pool import Pool, Tx, transaction
from shared.postgres.transient import passing

log = structlog.get_logger(__name__)

RETRY_SECONDS = (0.1, 5.0)
CAUSES_LOGGED = 20


class GaveUp(Exception):
    """The partitions are being taken away; their next owner goes on from the stored position."""


class Settlement:
    """Settles the batches of one consumer, one after the other, each in its own transaction."""

    def __init__(self, name: str, routes: Routes, pool: Pool, assignment: Assignment, ceiling: int) -> None:
        self.trouble: str | None = None
        self._name = name
        self._routes = routes
        self._pool = pool
        self._assignment = assignment
        self._ceiling = ceiling

    async def settle(self, received: Sequence[Received]) -> None:
        """Apply the batch, or its halves, until each message is applied or its key parked; meanwhile `trouble` says
        for what it waits. Raises `Superseded` and `GaveUp`."""
        try:
            await self._settle(received)
        finally:
            self.trouble = None

    async def _settle(self, received: Sequence[Received]) -> None:
        try:
            await self._until_possible(lambda: self._apply(received))
        except (Superseded, GaveUp):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a verb raises, its key is parked
            if len(received) > 1:
                middle = len(received) // 2
                await self._settle(received[:middle])
                await self._settle(received[middle:])
            else:
                await self._park(received[0], error)

    async def _apply(self, received: Sequence[Received]) -> None:
        await self._advancing(
            received, lambda tx, admitted: batch.apply(tx, self._routes, received, admitted, self._ceiling)
        )
        causes = sorted({r.message.correlation_id for r in received if r.message})
        log.info("batch.apply.done", messages=len(received), correlation_ids=causes[:CAUSES_LOGGED])

    async def _park(self, received: Received, error: Exception) -> None:
        why = parking.failure(error)
        log.error(
            "message.apply.parked",
            consumer=self._name,
            topic=received.topic.name,
            fingerprint=why.fingerprint,
            reason=why.reason,
            message_id=str(received.id),
        )
        await self._until_possible(
            lambda: self._advancing(
                [received],
                lambda tx, admitted: batch.set_aside(tx, received, why, admitted, self._ceiling),
            ),
            whatever=True,
        )

    async def _advancing(
        self, received: Sequence[Received], effects: Callable[[Tx, Admitted], Awaitable[Done]]
    ) -> None:
        following = batch.following(received)
        ids = [r.id for r in received]
        async with transaction(self._pool) as tx:
            admitted = await inbox.admit(tx, self._name, self._assignment.expected, following, ids)
            done = await effects(tx, admitted)
            reach("inbound.applied")
        reach("inbound.committed")
        self._assignment.expected.update(following)
        batch.count(self._name, done)

    async def _until_possible(self, work: Callable[[], Awaitable[None]], *, whatever: bool = False) -> None:
        """Do the work; wait and try again while the database, not the work, is at fault, or `whatever` is."""
        wait = RETRY_SECONDS[0]
        while True:
            try:
                return await work()
            except Superseded:
                raise
            except Exception as error:
                if not (whatever or passing(error) or isinstance(error, CeilingReached)):
                    raise
                self._wait_for(error, wait)
            await self._rest(wait * random.uniform(0.5, 1))
            wait = min(wait * 2, RETRY_SECONDS[1])

    def _wait_for(self, error: Exception, seconds: float) -> None:
        self.trouble = type(error).__name__
        metrics.RETRIES.labels(self._name).inc()
        log.warning("batch.apply.waiting", consumer=self._name, error=self.trouble, seconds=seconds)

    async def _rest(self, seconds: float) -> None:
        until = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < until:
            if self._assignment.leaving:
                raise GaveUp
            await asyncio.sleep(0.05)
