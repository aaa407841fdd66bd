"""What transactions that stay open cost the others: waits, delays, dead rows, and time for each page and batch."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from tests.faults import probes
from tests.faults.processes import Process
from tests.faults.stage import Stage

# The longest that an INSERT may wait for a table, and how often we look.
WAIT_SECONDS = 0.2
LOOK_SECONDS = 0.02
# What would be felt: a message's delay, and how many times longer a page or a batch may take at the end.
DELAY_SECONDS = 5.0
LONGER = 3.0
UNNOTICED_SECONDS = 0.05
PART_SECONDS = 10.0

WAITING = """
SELECT max(extract(epoch FROM clock_timestamp() - l.waitstart))
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE NOT l.granted AND l.locktype = 'relation' AND a.datname = current_database() AND a.query ~ '^\\s*INSERT'"""

DELAYS = """
SELECT count(*), 1000 * extract(epoch FROM max(effect.at - entry.at)),
       1000 * extract(epoch FROM percentile_cont(0.99) WITHIN GROUP (ORDER BY effect.at - entry.at))
FROM entry JOIN effect USING (account, version) WHERE entry.at BETWEEN $1 AND $2"""

# Each UPDATE and DELETE leaves a dead row, which can't be vacuumed while an older snapshot is held.
DEAD = """
SELECT coalesce(sum(n_tup_upd + n_tup_del), 0)::bigint FROM pg_stat_user_tables
WHERE relname = $1 OR relname LIKE $1 || '\\_2%'"""
TABLES = ("relay", "position", "outbox", "inbox")
# The relay may save its cursor and the consumer its position once for each message, and now and then besides.
DEAD_FOR_EACH = {"relay": 1.2, "position": 1.2, "outbox": 0, "inbox": 0}


class Costs:
    """Measured while it is `watched`, and judged when all that was written meanwhile is applied."""

    def __init__(self, stage: Stage, relay: Process, reader: Process) -> None:
        self._stage = stage
        self._timers = {"page": (relay, "relay_page"), "batch": (reader, "consumer_batch")}
        self._longest_wait = 0.0
        self._span: tuple[datetime, datetime] | None = None
        self._dead: Counter[str] = Counter()
        self._means: dict[str, list[float]] = {"page": [], "batch": []}

    @asynccontextmanager
    async def watching_costs(self) -> AsyncIterator[None]:
        """Look at everything until the block ends."""
        begun, before = await self._server_time(), await self._dead_rows()
        watching = [
            asyncio.create_task(work) for work in (self._watch_waits(), *map(self._watch_timer, self._timers))
        ]
        try:
            yield
        finally:
            for each in watching:
                each.cancel()
            await asyncio.wait(watching)
        for each in watching:
            if not each.cancelled():
                each.result()
        self._span = begun, await self._server_time()
        self._dead = await self._dead_rows() - before

    async def check_bounds(self) -> None:
        """Keep what was measured. Raises AssertionError for the first that is out of bounds."""
        assert self._span is not None, "nothing was watched"
        [(messages, longest, p99)] = await self._stage.pool.fetch(DELAYS, *self._span)
        measured = self._stage.measurements
        measured["longest wait of an INSERT, ms"] = round(1000 * self._longest_wait)
        measured["longest delay, ms"], measured["p99 of the delay, ms"] = round(longest), round(p99)
        measured |= {
            f"dead rows of {table} for each message": self._dead[table] / messages for table in TABLES
        }
        for name, means in self._means.items():
            measured[f"time of a {name} at first, ms"] = 1000 * means[0]
            measured[f"time of a {name} at last, ms"] = 1000 * means[-1]
        self._require_bounds(messages, longest)

    def _require_bounds(self, messages: int, longest_ms: float) -> None:
        assert self._longest_wait <= WAIT_SECONDS, f"an INSERT waited {self._longest_wait:.3f} s"
        assert longest_ms <= 1000 * DELAY_SECONDS, f"a message came {longest_ms / 1000:.1f} s late"
        for table, most in DEAD_FOR_EACH.items():
            assert self._dead[table] <= most * messages, f"{self._dead[table]} dead rows of {table}"
        for name, means in self._means.items():
            bound = max(LONGER * means[0], UNNOTICED_SECONDS)
            assert means[-1] <= bound, f"a {name} takes {means[-1]:.3f} s at last, {means[0]:.3f} s at first"

    async def _watch_waits(self) -> None:
        while True:
            self._longest_wait = max(self._longest_wait, await self._stage.pool.fetchval(WAITING) or 0)
            await asyncio.sleep(LOOK_SECONDS)

    async def _watch_timer(self, name: str) -> None:
        """The mean time of a page or a batch in each part of the minute."""
        process, timer = self._timers[name]
        seconds, count = await _read_timer(process, timer)
        while True:
            await asyncio.sleep(PART_SECONDS)
            now_seconds, now_count = await _read_timer(process, timer)
            self._means[name].append((now_seconds - seconds) / max(1, now_count - count))
            seconds, count = now_seconds, now_count

    async def _dead_rows(self) -> "Counter[str]":
        return Counter({table: await self._stage.pool.fetchval(DEAD, table) for table in TABLES})

    async def _server_time(self) -> datetime:
        moment: datetime = await self._stage.pool.fetchval("SELECT clock_timestamp()")
        return moment


async def _read_timer(process: Process, timer: str) -> tuple[float, float]:
    """How many seconds it took in all, and how many times."""
    name = f"alumnibus_{timer}_seconds"
    return await probes.read_metric(process, f"{name}_sum"), await probes.read_metric(
        process, f"{name}_count"
    )
