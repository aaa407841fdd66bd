"""The law of order: whatever writers do at the same time, a reader of the outbox loses nothing and inverts no key.

It takes the way of writing and the way of reading as arguments, so that wrong ones can be tried too.
"""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import asyncpg

from shared.messaging.relay import cursor
from shared.messaging.relay.cursor import Cursor
from shared.postgres.pool import Connection, session_settings
from shared.testing.waiting import eventually
from tests.shared.toy.parts import SCHEMA


class Seen(NamedTuple):
    """One message: its key, and which change of the key's row it tells."""

    key: str
    version: int


Write = Callable[[Connection, str], Awaitable[int]]
"""Changes the row of a key and puts its message into the outbox; returns the row's version."""
Read = Callable[[Connection], Awaitable[list[Seen]]]
"""What the reader finds since it was last asked."""


class Verdict(NamedTuple):
    """How many messages the reader never saw, and how many came after a newer one of their key."""

    lost: int
    inverted: int


KEPT = Verdict(0, 0)


@dataclass
class Trial:
    """One reader beside some writers; the versions are the truth, given out under the row's lock."""

    dsn: str
    write: Write
    read: Read
    reader: Connection
    seen: list[Seen] = field(default_factory=list)

    async def look(self) -> None:
        """The reader looks once."""
        self.seen += await self.read(self.reader)

    async def verdict(self) -> Verdict:
        """The reader looks until it finds no more; then what it saw is held against the truth."""
        before = -1
        while before < len(self.seen):
            before = len(self.seen)
            await self.look()
        truth = await self.reader.fetch("SELECT tally AS key, version FROM tally")
        return judge({row["key"]: row["version"] for row in truth}, self.seen)


def judge(truth: Mapping[str, int], seen: Sequence[Seen]) -> Verdict:
    """`truth` is the last version of each key; each one up to it must have been seen, in order."""
    by_key: dict[str, list[int]] = defaultdict(list)
    for key, version in seen:
        by_key[key].append(version)
    lost = sum(len(set(range(1, last + 1)) - set(by_key[key])) for key, last in truth.items())
    inverted = sum(b <= a for versions in by_key.values() for a, b in itertools.pairwise(versions))
    return Verdict(lost, inverted)


@asynccontextmanager
async def session(dsn: str) -> AsyncIterator[Connection]:
    """A session in the toy's schema."""
    connection = await asyncpg.connect(dsn, server_settings=session_settings(SCHEMA, "law"))
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


async def late_commit(trial: Trial) -> None:
    """A lower id becomes visible after a higher one was read."""
    async with session(trial.dsn) as one, session(trial.dsn) as two:
        async with one.transaction():
            await trial.write(one, "late")
            await trial.write(two, "early")
            await trial.look()
        await trial.look()


async def old_transaction(trial: Trial) -> None:
    """A transaction that began first changes a key last."""
    async with session(trial.dsn) as one, session(trial.dsn) as two:
        async with one.transaction():
            await one.fetchval("SELECT pg_current_xact_id()")
            await trial.write(two, "shared")
            await trial.look()
            await trial.write(one, "shared")
        await trial.look()


async def old_session(trial: Trial) -> None:
    """A session that wrote before changes a key after a newer session did."""
    async with session(trial.dsn) as one, session(trial.dsn) as two:
        await trial.write(one, "own")
        await trial.write(two, "common")
        await trial.write(one, "common")
        await trial.look()


async def waiting_writer(trial: Trial) -> None:
    """A writer that waits for the row's lock writes after the one who holds it."""
    async with session(trial.dsn) as one, session(trial.dsn) as two:
        await trial.write(one, "row")
        async with one.transaction():
            await one.execute("SELECT FROM tally WHERE tally = 'row' FOR UPDATE")
            waiting = asyncio.create_task(_write(trial, two, "row"))
            await eventually(lambda: _waits(one, two.get_server_pid()))
            await trial.write(one, "row")
        await waiting
        await trial.look()


async def savepoints(trial: Trial) -> None:
    """What is written under a savepoint belongs to its transaction; what is rolled back to one never was."""
    async with session(trial.dsn) as one:
        async with one.transaction():
            await trial.write(one, "kept")
            async with one.transaction():
                await trial.write(one, "kept")
            await _undone(one, trial.write)
            await trial.look()
            await trial.write(one, "kept")
        await trial.look()


INTERLEAVINGS = (late_commit, old_transaction, old_session, waiting_writer, savepoints)


async def law(dsn: str, write: Write, read: Read) -> Verdict:
    """Every interleaving in turn, with one reader that began before them."""
    async with session(dsn) as reader:
        trial = Trial(dsn, write, read, reader)
        await trial.look()
        for interleaving in INTERLEAVINGS:
            await interleaving(trial)
        return await trial.verdict()


async def _write(trial: Trial, connection: Connection, key: str) -> None:
    async with connection.transaction():
        await trial.write(connection, key)


async def _undone(connection: Connection, write: Write) -> None:
    undone = connection.transaction()
    await undone.start()
    await write(connection, "kept")
    await undone.rollback()


async def _waits(connection: Connection, pid: int) -> bool:
    return bool(await connection.fetchval("SELECT cardinality(pg_blocking_pids($1)) > 0", pid))


def seen_in(rows: Sequence[asyncpg.Record]) -> list[Seen]:
    """What rows of the outbox tell."""
    return [Seen(row["key"], row["sequence"] % 10**15) for row in rows]


class Relayed:
    """The relay's own reader: all pages of all windows that are there."""

    def __init__(self, page: int = 3) -> None:
        self._page = page
        self._place: Cursor | None = None

    async def __call__(self, connection: Connection) -> list[Seen]:
        if self._place is None:
            self._place, _ = await cursor.take_over_cursor(connection)
        self._place = await self._place.open_window(connection)
        seen: list[Seen] = []
        while self._place.upto is not None:
            rows = await self._place.read_page(connection, self._page)
            seen += seen_in(rows)
            last_id = rows[-1]["id"] if rows else self._place.last_id
            self._place = self._place.moved_to(last_id, complete=len(rows) < self._page)
            if self._place.upto is not None:
                self._place = await self._place.save(connection)
        return seen
