"""Attempts at items: counted before the work begins, so that an item is known that ends its process in the middle."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import asyncpg

from shared.backoff import backoff_seconds
from shared.postgres.pool import Tx

# An attempt that nobody ended was lost with its process, or with its database.
MOST_LOST = 5
MOST_DELAYS = 10
# Longer than it takes from the beginning of an attempt until the item is locked.
BEGUN_SECONDS = (2.0, 60.0)
DELAY_SECONDS = (2.0, 300.0)

# A lost commit only forgets that something was begun.
_BEGIN = """
INSERT INTO attempt (worker, item, until)
SELECT $1, item, now() + $3 FROM unnest($2::text[]) AS begun(item)
WHERE set_config('synchronous_commit', 'off', true) IS NOT NULL
ON CONFLICT (worker, item) DO UPDATE SET begun = attempt.begun + 1, until = excluded.until"""

_DELAY = """
UPDATE attempt SET begun = begun - 1, delays = delays + 1, reason = $3, until = now() + $4
WHERE worker = $1 AND item = ANY($2)"""

_FAIL = """
UPDATE attempt SET reason = $3, failed_at = now(), until = 'infinity' WHERE worker = $1 AND item = $2"""


class Attempt(NamedTuple):
    """What is known of an item that was begun before: how often it was lost, and how often delayed."""

    item: str
    lost: int
    delays: int


def can_begin(worker: str, item: str) -> str:
    """The SQL condition under which `worker` may begin the item that the SQL expression `item` names."""
    return (
        f"NOT EXISTS (SELECT FROM attempt a WHERE a.worker = '{worker}' AND a.item = ({item})::text"
        " AND a.until > clock_timestamp())"
    )


async def read_attempts(tx: Tx, worker: str, items: Sequence[str]) -> list[Attempt]:
    """Those of these items that were begun before, the longest waiting first."""
    rows = await tx.fetch(
        "SELECT item, begun, delays FROM attempt WHERE worker = $1 AND item = ANY($2) ORDER BY until",
        worker,
        items,
    )
    return [Attempt(*row) for row in rows]


async def begin_attempt(tx: Tx, worker: str, items: Sequence[str], before: int = 0) -> None:
    """Count an attempt at each of these, of which `before` were lost."""
    wait = timedelta(seconds=backoff_seconds(before, *BEGUN_SECONDS))
    await tx.execute(_BEGIN, worker, items, wait)


async def end_attempts(tx: Tx, worker: str, items: Sequence[str]) -> None:
    """Nothing is left to do, or nothing was done: forget the attempts at these."""
    await tx.execute("DELETE FROM attempt WHERE worker = $1 AND item = ANY($2)", worker, items)


async def forget_item(tx: Tx, item: str) -> None:
    """Forget what any worker attempted at this: it is no more."""
    await tx.execute("DELETE FROM attempt WHERE item = $1", item)


async def delay_items(tx: Tx, worker: str, items: Sequence[str], reason: str, before: int) -> None:
    """Let nobody begin these for a while, the longer the more often they were delayed `before`."""
    wait = timedelta(seconds=backoff_seconds(before, *DELAY_SECONDS))
    await tx.execute(_DELAY, worker, items, reason, wait)


async def mark_failed(tx: Tx, worker: str, item: str, reason: str) -> None:
    """Let nobody begin this any more, until an operator decides."""
    await tx.execute(_FAIL, worker, item, reason)


async def list_failed(tx: Tx, most: int | None = None) -> list[asyncpg.Record]:
    """What has failed: worker, item, reason, since when; all of it, or the first `most`."""
    return await tx.fetch(
        "SELECT worker, item, reason, failed_at FROM attempt WHERE failed_at IS NOT NULL"
        " ORDER BY worker, failed_at LIMIT $1",
        most,
    )


async def count_by_worker(tx: Tx, most: int) -> dict[str, tuple[int, int]]:
    """How many items of each worker have failed, and how many are put off, of `most` items that are looked at."""
    rows = await tx.fetch(
        "SELECT worker, count(failed_at) AS failed, count(*) FILTER (WHERE failed_at IS NULL AND delays > 0) AS delayed"
        " FROM (SELECT worker, failed_at, delays FROM attempt LIMIT $1) AS begun GROUP BY worker",
        most,
    )
    return {row["worker"]: (row["failed"], row["delayed"]) for row in rows}


async def count_failed(tx: Tx, worker: str) -> int:
    """How many of a worker's items have failed and wait for an operator."""
    counted: int = await tx.fetchval(
        "SELECT count(*) FROM attempt WHERE worker = $1 AND failed_at IS NOT NULL", worker
    )
    return counted


async def retry_failed(tx: Tx, worker: str, item: str | None) -> int:
    """Let what has failed be begun again as if it were new, one item or all of the worker's; how many they are."""
    done = await tx.execute(
        "DELETE FROM attempt WHERE worker = $1 AND ($2::text IS NULL OR item = $2) AND failed_at IS NOT NULL",
        worker,
        item,
    )
    return int(done.removeprefix("DELETE "))
