"""The worker that does the console's jobs, one after the other."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

from aiokafka.errors import KafkaError

from shared.console import jobs
from shared.console.jobs import Job, Verb
from shared.messaging.kafka import Kafka
from shared.operations.rebuild import PositionMismatch, RebuildProgress, rebuild_projection
from shared.operations.republish import republish_states
from shared.postgres.pool import Pool, transaction
from shared.postgres.transient import is_transient
from shared.runtime.service import Definition
from shared.runtime.worker import Worker

SECONDS = 1.0


class Ended(NamedTuple):
    """What came of a job."""

    failure: str | None
    counts: Mapping[str, int]


class Progress:
    """How far a job is; who does it says it, whenever there is something to say."""

    def __init__(self) -> None:
        self.done = 0
        self.total: int | None = None

    def note_rebuilt(self, done: RebuildProgress) -> None:
        """So many records were read of so many."""
        self.done, self.total = done.read, done.records

    def note_written(self, written: Counter[str]) -> None:
        """So many messages were written."""
        self.done = written.total()


def build_job_worker(definition: Definition, kafka: Kafka) -> Worker:
    """The worker of a service's jobs."""
    return Worker("console", partial(do_next, definition=definition, kafka=kafka), every=SECONDS)


async def do_next(pool: Pool, definition: Definition, kafka: Kafka) -> int:
    """Do the next job, if there is one; returns how many. What passes by itself is tried again, by whoever comes."""
    async with transaction(pool) as tx:
        job = await jobs.claim_job(tx)
    if job is None:
        return 0
    progress = Progress()
    async with _held(pool, job, progress):
        ended = await _do_or_fail(pool, definition, kafka, job, progress)
    async with transaction(pool) as tx:
        await jobs.end_job(tx, job.job, *ended)
    return 1


async def _do_or_fail(
    pool: Pool, definition: Definition, kafka: Kafka, job: Job, progress: Progress
) -> Ended:
    try:
        return Ended(None, await _do(pool, definition, kafka, job, progress))
    except PositionMismatch as mismatch:
        return Ended(str(mismatch), {})
    except Exception as error:
        if job.begun < jobs.MOST_BEGUN and (is_transient(error) or isinstance(error, KafkaError)):
            raise
        return Ended(type(error).__name__, {})


async def _do(
    pool: Pool, definition: Definition, kafka: Kafka, job: Job, progress: Progress
) -> Mapping[str, int]:
    if job.verb is Verb.REBUILD:
        projection = {each.topic.name: each for each in definition.projections}[job.topic]
        rebuilt = await rebuild_projection(pool, kafka, definition.name, projection, progress.note_rebuilt)
        return {"read": rebuilt.read, "passed_over": rebuilt.passed_over, "vanished": rebuilt.vanished}
    states = definition.published()
    topics = [topic for state in states for topic in state.topics if topic.name == job.topic]
    written = await republish_states(pool, states, topics, progress.note_written)
    return {"written": written.total()}


@asynccontextmanager
async def _held(pool: Pool, job: Job, progress: Progress) -> AsyncIterator[None]:
    """Say every second how far the job is."""
    saying = asyncio.create_task(_keep_saying(pool, job, progress))
    try:
        yield
    finally:
        saying.cancel()
        await asyncio.wait([saying])


async def _keep_saying(pool: Pool, job: Job, progress: Progress) -> None:
    while True:
        await asyncio.sleep(SECONDS)
        try:
            async with transaction(pool) as tx:
                await jobs.hold_job(tx, job.job, progress.done, progress.total)
        except Exception as error:
            if not is_transient(error):
                raise
