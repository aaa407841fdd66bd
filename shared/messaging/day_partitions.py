"""Day partitions of outbox and inbox: made ahead, dropped whole when their time is over."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial

import asyncpg
import structlog

from shared.messaging import outbox
from shared.messaging.message_ids import first_uuid
from shared.postgres.locks import lock_key
from shared.postgres.pool import Pool, Tx, transaction
from shared.postgres.transient import is_transient

log = structlog.get_logger(__name__)

DAYS_AHEAD = 3
OUTBOX_DAYS = 7
INBOX_DAYS = 30
ALARM_SECONDS = (OUTBOX_DAYS - 2) * 24 * 3600

# Two who make or drop the same day at once would meet in the catalogue, where neither IF NOT EXISTS nor a lock of the
# table keeps one from finding half of what the other did.
_ONE_AT_A_TIME = f"SELECT pg_advisory_xact_lock({lock_key('partitions')})"
# Locked, rows of that day in the rest, and dropped by another meanwhile.
_LEFT_FOR_LATER = (
    asyncpg.LockNotAvailableError,
    asyncpg.CheckViolationError,
    asyncpg.UndefinedTableError,
)


async def maintain_partitions(pool: Pool, today: date) -> None:
    """Make the days ahead and drop those past their retention. What is locked is left for the next time, and what
    is unsent for the relay: long before its days are over, that is an alarm. What can't be made or dropped keeps no
    other from it, and is raised at the end."""
    failures = []
    for day in (today + timedelta(days=n) for n in range(-1, DAYS_AHEAD + 1)):
        work = partial(create_day, day=day)
        failures += await _attempt_briefly(pool, "partition.make.postponed", work)
    for table, name in await _find_outdated(pool, today):
        work = partial(_drop_partition, table=table, name=name)
        failures += await _attempt_briefly(pool, "partition.drop.postponed", work)
    async with transaction(pool) as tx:
        age = await outbox.unsent_seconds(tx)
    if age > ALARM_SECONDS:
        log.error("outbox.unsent.alarm", days=round(age / 86_400, 1))
    for failure in failures:
        raise failure


async def create_day(tx: Tx, day: date) -> None:
    """The partitions of one day (UTC), if they aren't there."""
    start, end = (datetime(d.year, d.month, d.day, tzinfo=UTC) for d in (day, day + timedelta(days=1)))
    bounds = {
        "outbox": (start.isoformat(), end.isoformat()),
        "inbox": (str(first_uuid(start)), str(first_uuid(end))),
    }
    for table, (low, high) in bounds.items():
        await tx.execute(
            f"CREATE TABLE IF NOT EXISTS {table}_{day:%Y%m%d} PARTITION OF {table}"
            f" FOR VALUES FROM ('{low}') TO ('{high}')"
        )


async def _find_outdated(pool: Pool, today: date) -> list[tuple[str, str]]:
    async with transaction(pool) as tx:
        rows = await tx.fetch(
            "SELECT inhparent::regclass::text AS parent, inhrelid::regclass::text AS name FROM pg_inherits"
            " WHERE inhparent IN ('outbox'::regclass, 'inbox'::regclass)"
        )
    oldest = {"outbox": today - timedelta(days=OUTBOX_DAYS), "inbox": today - timedelta(days=INBOX_DAYS)}
    return [
        (row["parent"], row["name"])
        for row in rows
        if row["name"].rpartition("_")[2] < f"{oldest[row['parent']]:%Y%m%d}"
    ]


async def _drop_partition(tx: Tx, table: str, name: str) -> None:
    if table == "outbox" and await _has_unsent_rows(tx, name):
        log.error("partition.drop.unsent", partition=name)
        return
    await tx.execute(f"DROP TABLE {name}")
    log.info("partition.drop.done", partition=name)


async def _has_unsent_rows(tx: Tx, name: str) -> bool:
    """Whether a row waits here: of which the relay hasn't noted that it is sent, or there is no word of it at all."""
    return bool(
        await tx.fetchval(
            f"SELECT EXISTS (SELECT FROM {name} o LEFT JOIN relay ON true"
            " WHERE relay.seen IS NULL OR NOT pg_visible_in_snapshot(o.xid, relay.seen))"
        )
    )


async def _attempt_briefly(
    pool: Pool, otherwise: str, work: Callable[[Tx], Awaitable[None]]
) -> list[Exception]:
    """What it raised that isn't left for the next time."""
    try:
        async with transaction(pool) as tx:
            await tx.execute("SET LOCAL lock_timeout = '100ms'")
            await tx.execute(_ONE_AT_A_TIME)
            await work(tx)
    except _LEFT_FOR_LATER as error:
        log.warning(otherwise, error=type(error).__name__)
    except Exception as error:
        if is_transient(error):
            raise
        return [error]
    return []
