"""From received records to what the database holds: a batch is applied whole, or in halves, or its keys are parked."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence

import structlog

from shared.backoff import backoff_seconds
from shared.messaging import metrics
from shared.messaging.consumer import batch, inbox, parking
from shared.messaging.consumer.assignment import Assignment
from shared.messaging.consumer.batch import CeilingReached, MetricCounts, ReceivedRecord
from shared.messaging.consumer.inbox import NewMessages
from shared.messaging.consumer.patience import Patience
from shared.messaging.consumer.positions import Superseded
from shared.messaging.consumer.routes import Routes
from shared.messaging.failpoints import failpoint
from shared.postgres.pool import Pool, Tx, transaction
from shared.postgres.transient import is_transient
from shared.stopping import is_told_to_stop

log = structlog.get_logger(__name__)

RETRY_SECONDS = (0.1, 5.0)
CAUSES_LOGGED = 20


class BatchAbandoned(Exception):
    """The partitions are being taken away; their next owner goes on from the stored position."""


class BatchProcessor:
    """Applies the batches of one consumer, one after the other, each in its own transaction."""

    def __init__(self, name: str, routes: Routes, pool: Pool, assignment: Assignment, ceiling: int) -> None:
        self.trouble: str | None = None
        self._name = name
        self._routes = routes
        self._pool = pool
        self._assignment = assignment
        self._ceiling = ceiling
        self._patience = Patience()
        self._handling = False

    async def process_batch(self, received: Sequence[ReceivedRecord]) -> None:
        """Apply the batch, or its halves, until each message is applied or its key parked; meanwhile `trouble` says
        for what it waits. Raises `Superseded` and `BatchAbandoned`."""
        self._patience.renew()
        try:
            await self._apply_or_halve(received)
        finally:
            self.trouble = None

    async def _apply_or_halve(self, received: Sequence[ReceivedRecord]) -> None:
        try:
            await self._retry_until_possible(lambda: self._apply_batch(received))
        except (Superseded, BatchAbandoned):
            raise
        except BaseException as error:
            if is_told_to_stop(error):
                raise
            if len(received) > 1:
                middle = len(received) // 2
                await self._apply_or_halve(received[:middle])
                await self._apply_or_halve(received[middle:])
            else:
                await self._park_message(received[0], error)

    async def _apply_batch(self, received: Sequence[ReceivedRecord]) -> None:
        await self._commit_with_positions(
            received,
            lambda tx, admitted: batch.apply_batch(
                tx, self._name, self._routes, received, admitted, self._ceiling
            ),
        )
        causes = sorted({r.message.correlation_id for r in received if r.message})
        log.info("batch.apply.done", messages=len(received), correlation_ids=causes[:CAUSES_LOGGED])

    async def _park_message(self, received: ReceivedRecord, error: BaseException) -> None:
        why = parking.describe_failure(error)
        log.error(
            "message.apply.parked",
            consumer=self._name,
            topic=received.topic.name,
            fingerprint=why.fingerprint,
            reason=why.reason,
            message_id=str(received.id),
        )
        await self._retry_until_possible(
            lambda: self._commit_with_positions(
                [received],
                lambda tx, admitted: batch.park_failed_message(tx, received, why, admitted, self._ceiling),
            ),
            whatever=True,
        )
        self._patience.renew()

    async def _commit_with_positions(
        self,
        received: Sequence[ReceivedRecord],
        effects: Callable[[Tx, NewMessages], Awaitable[MetricCounts]],
    ) -> None:
        following = batch.next_offsets(received)
        ids = batch.claimed_ids(received)
        async with transaction(self._pool) as tx:
            admitted = await inbox.admit_messages(
                tx, self._name, self._assignment.next_offsets, following, ids
            )
            self._handling = True
            done = await effects(tx, admitted)
            failpoint("consumer.applied")
        failpoint("consumer.committed")
        self._assignment.next_offsets.update(following)
        batch.add_to_metrics(self._name, done)

    async def _retry_until_possible(
        self, work: Callable[[], Awaitable[None]], *, whatever: bool = False
    ) -> None:
        """Do the work; wait and try again while the database, not the work, is at fault, or `whatever` is."""
        for attempt in itertools.count():
            seconds = backoff_seconds(attempt, *RETRY_SECONDS)
            self._handling = False
            try:
                await work()
            except Superseded:
                raise
            except Exception as error:
                if not (whatever or self._may_pass(error, attempt + 1)):
                    raise
                self._note_trouble(error, seconds)
            else:
                return
            await self._sleep_unless_leaving(seconds)

    def _may_pass(self, error: Exception, tries: int) -> bool:
        if isinstance(error, CeilingReached):
            return True
        if not is_transient(error):
            return False
        if not self._handling:
            self._patience.renew()
            return True
        return not self._patience.is_over(tries)

    def _note_trouble(self, error: Exception, seconds: float) -> None:
        self.trouble = type(error).__name__
        metrics.RETRIES.labels(self._name).inc()
        log.warning("batch.apply.waiting", consumer=self._name, error=self.trouble, seconds=seconds)

    async def _sleep_unless_leaving(self, seconds: float) -> None:
        until = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < until:
            if self._assignment.leaving:
                raise BatchAbandoned
            await asyncio.sleep(0.05)
