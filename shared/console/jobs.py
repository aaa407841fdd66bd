"""Jobs: what an operator asked for that takes longer than a request, until a worker has done it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from shared.postgres.pool import Tx

# Whoever does a job says every second that they still do. One that was left so often is given up.
HELD_SECONDS = 20
MOST_BEGUN = 5
KEPT_DAYS = 90

_ASK = """
INSERT INTO job (job, verb, topic) VALUES ($1, $2, $3)
ON CONFLICT (verb, topic) WHERE ended_at IS NULL DO NOTHING"""
_LAST = "SELECT DISTINCT ON (topic) * FROM job WHERE verb = $1 ORDER BY topic, asked_at DESC"
_RUNS = "SELECT * FROM job WHERE verb = $1 AND topic = $2 ORDER BY asked_at DESC LIMIT $3"
_GIVE_UP = f"""
UPDATE job SET ended_at = now(), failure = 'lost'
WHERE ended_at IS NULL AND begun >= {MOST_BEGUN} AND held_until < now()"""
_CLAIM = f"""
UPDATE job SET begun = begun + 1, held_until = now() + interval '{HELD_SECONDS} s', done = 0, total = NULL
WHERE job = (SELECT job FROM job WHERE ended_at IS NULL AND coalesce(held_until < now(), true)
    ORDER BY asked_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *"""
_HOLD = f"""
UPDATE job SET done = $2, total = $3, held_until = now() + interval '{HELD_SECONDS} s'
WHERE job = $1 AND ended_at IS NULL"""


class Verb(StrEnum):
    """What can be asked for, as the command line calls it."""

    REBUILD = "rebuild"
    REPUBLISH = "republish"


class Job(NamedTuple):
    """A job. `total` is None where nobody knows it; `failure` is why nothing came of it, in words of the code."""

    job: UUID
    verb: Verb
    topic: str
    asked_at: datetime
    begun: int
    done: int
    total: int | None
    ended_at: datetime | None
    failure: str | None
    counts: Mapping[str, int]

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being done."""
        return self.ended_at is None


async def ask_job(tx: Tx, verb: Verb, topic: str) -> None:
    """Ask for a job; one that is open already is left as it is."""
    await tx.execute("DELETE FROM job WHERE ended_at < now() - make_interval(days => $1)", KEPT_DAYS)
    await tx.execute(_ASK, uuid7(), verb, topic)


async def list_last(tx: Tx, verb: Verb) -> Mapping[str, Job]:
    """The last job of each topic."""
    return {row["topic"]: _read_row(row) for row in await tx.fetch(_LAST, verb)}


async def list_runs(tx: Tx, verb: Verb, topic: str, most: int) -> Sequence[Job]:
    """The last jobs of a topic, the newest first."""
    return [_read_row(row) for row in await tx.fetch(_RUNS, verb, topic, most)]


async def claim_job(tx: Tx) -> Job | None:
    """Take the job that waits for longest, or that nobody holds any more."""
    await tx.execute(_GIVE_UP)
    row = await tx.fetchrow(_CLAIM)
    return None if row is None else _read_row(row)


async def hold_job(tx: Tx, job: UUID, done: int, total: int | None) -> None:
    """Say how far it is, and that it is still being done."""
    await tx.execute(_HOLD, job, done, total)


async def end_job(tx: Tx, job: UUID, failure: str | None, counts: Mapping[str, int]) -> None:
    """It is done, or nothing will come of it."""
    await tx.execute(
        "UPDATE job SET ended_at = now(), failure = $2, counts = $3 WHERE job = $1 AND ended_at IS NULL",
        job,
        failure,
        dict(counts),
    )


def _read_row(row: asyncpg.Record) -> Job:
    values = {name: row[name] for name in Job._fields}
    return Job(**values | {"verb": Verb(row["verb"])})
