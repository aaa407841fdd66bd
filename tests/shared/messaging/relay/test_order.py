"""Order per key: the relay's cursor loses nothing and inverts nothing, and ways that do are found out."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping

import pytest

from shared.postgres.pool import Connection
from shared.testing.waiting import eventually
from tests.shared.messaging.relay.ordering import (
    KEPT,
    Read,
    Relayed,
    Seen,
    Trial,
    Verdict,
    Write,
    law,
    seen_in,
    session,
)
from tests.shared.toy import tallies

WRITERS = 12
TURNS = 40


async def test_the_relays_cursor_loses_nothing_and_inverts_nothing(dsn: str) -> None:
    assert await law(dsn, tallies.count_up, Relayed()) == KEPT


async def test_twelve_writers_with_rollbacks_savepoints_and_long_transactions_keep_the_order(
    dsn: str,
) -> None:
    async with session(dsn) as reader:
        trial = Trial(dsn, tallies.count_up, Relayed(page=50), reader)
        await trial.look()
        crowd = Crowd(trial)
        writers = asyncio.gather(*(crowd.writer(number) for number in range(WRITERS)))
        while not writers.done():
            await trial.look()
        await writers

        assert await trial.verdict() == KEPT
        assert len(trial.seen) == crowd.committed > WRITERS * TURNS / 2


class Crowd:
    """Writers who share five keys; each takes locks in the keys' order, so that none waits for ever."""

    def __init__(self, trial: Trial) -> None:
        self.committed = 0
        self._trial = trial
        self._writing = WRITERS

    async def writer(self, number: int) -> None:
        choice = random.Random(number)
        async with session(self._trial.dsn) as connection:
            for _ in range(TURNS):
                await self._turn(connection, choice)
        self._writing -= 1

    async def _turn(self, connection: Connection, choice: random.Random) -> None:
        keys = sorted(choice.sample("abcde", choice.randint(1, 3)))
        transaction = connection.transaction()
        await transaction.start()
        await connection.fetchval("SELECT pg_current_xact_id()")
        if choice.random() < 0.1:
            await self._others_commit(20)
        for key in keys:
            async with connection.transaction():
                await self._trial.write(connection, key)
        if choice.random() < 0.2:
            await transaction.rollback()
        else:
            await transaction.commit()
            self.committed += len(keys)

    async def _others_commit(self, messages: int) -> None:
        """Hold the transaction open until others have gone on, or nobody is left who could."""
        until = self.committed + messages

        async def gone_on() -> bool:
            return self.committed >= until or self._writing <= 6

        await eventually(gone_on)


class Mutant:
    """A cursor over the outbox as one would write it at first; it remembers where it stopped."""

    def __init__(self, sql: str, place: Callable[[Mapping[str, int]], list[int]]) -> None:
        self._sql = sql
        self._place = place
        self._after: list[int] | None = None

    async def __call__(self, connection: Connection) -> list[Seen]:
        rows = await connection.fetch(self._sql, *(self._after or self._place({"xid": 0, "id": 0})))
        if rows:
            self._after = self._place(dict(rows[-1]))
        return seen_in(rows)


def by_xmin() -> Read:
    return Mutant(
        "SELECT xid::text::bigint AS xid, id, key, sequence FROM outbox"
        " WHERE (xid::text::bigint, id) > ($1, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())"
        " ORDER BY outbox.xid, id",
        lambda row: [row["xid"], row["id"]],
    )


def by_id() -> Read:
    return Mutant("SELECT * FROM outbox WHERE id > $1 ORDER BY id", lambda row: [row["id"]])


async def unreferenced_lock(connection: Connection, key: str) -> int:
    """One statement, in which nothing makes the INSERT wait for the lock."""
    await connection.execute(
        """
        WITH locked AS (
            INSERT INTO tally (tally, version) VALUES ($1, 1)
            ON CONFLICT (tally) DO UPDATE SET version = tally.version + 1 RETURNING version)
        INSERT INTO outbox (message_id, topic, key, type, sequence, headers)
        VALUES (gen_random_uuid(), 'toy.tally.v1', $1, 'TallyRaised', 0, '{}')""",
        key,
    )
    version: int = await connection.fetchval("SELECT version FROM tally WHERE tally = $1", key)
    await connection.execute("UPDATE outbox SET sequence = $1 WHERE key = $2 AND sequence = 0", version, key)
    return version


async def cached_ids(connection: Connection) -> None:
    await connection.execute("ALTER SEQUENCE outbox_id_seq CACHE 10")


async def as_it_is(connection: Connection) -> None:
    """The schema stays as it is."""


@pytest.mark.parametrize(
    ("change", "write", "read"),
    [
        pytest.param(as_it_is, tallies.count_up, by_xmin, id="xid below xmin, ordered by xid"),
        pytest.param(as_it_is, tallies.count_up, by_id, id="id above the last"),
        pytest.param(cached_ids, tallies.count_up, Relayed, id="a sequence with a cache"),
        pytest.param(as_it_is, unreferenced_lock, Relayed, id="a lock that nothing waits for"),
    ],
)
async def test_a_wrong_way_breaks_the_law(
    dsn: str, change: Callable[[Connection], Awaitable[None]], write: Write, read: Callable[[], Read]
) -> None:
    async with session(dsn) as connection:
        await change(connection)

    verdict: Verdict = await law(dsn, write, read())

    assert verdict != KEPT
