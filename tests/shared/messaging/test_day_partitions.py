"""Days of outbox and inbox: rows fall into theirs, and a day goes only when nothing needs it and nobody waits."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from shared.messaging import day_partitions, outbox
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool, transaction
from shared.testing.waiting import eventually
from tests.shared.messaging.relay.ordering import session
from tests.shared.toy.parts import count_up, relaying


def today() -> date:
    return datetime.now(UTC).date()


async def days(pool: Pool, table: str) -> set[str]:
    rows = await pool.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass", table
    )
    return {row["name"] for row in rows}


def of_day(table: str, day: date) -> str:
    return f"{table}_{day:%Y%m%d}"


@pytest.fixture
async def old_row(pool: Pool) -> str:
    """The partition of nine days ago, with one message in it; its name."""
    async with transaction(pool) as tx:
        await day_partitions.create_day(tx, today() - timedelta(days=9))
    await count_up(pool, "a")
    await pool.execute("UPDATE outbox SET at = at - interval '9 days'")
    return of_day("outbox", today() - timedelta(days=9))


async def test_rows_fall_into_their_day_and_the_days_ahead_are_there(pool: Pool) -> None:
    await day_partitions.maintain_partitions(pool, today())
    await count_up(pool, "a")

    ahead = {of_day("outbox", today() + timedelta(days=n)) for n in range(day_partitions.DAYS_AHEAD + 1)}
    assert ahead <= await days(pool, "outbox")
    found = await pool.fetchval("SELECT tableoid::regclass::text FROM outbox")
    assert found == of_day("outbox", today())


async def test_two_who_make_and_drop_the_same_days_at_once_both_go_on(pool: Pool) -> None:
    for ahead in range(10, 60, 10):
        later = today() + timedelta(days=ahead)
        await asyncio.gather(*(day_partitions.maintain_partitions(pool, later) for _ in range(4)))

        assert of_day("outbox", later + timedelta(days=1)) in await days(pool, "outbox")


async def test_a_day_nobody_made_falls_into_the_rest_and_is_not_lost(pool: Pool) -> None:
    await pool.execute(f"DROP TABLE {of_day('outbox', today())}")

    await count_up(pool, "a")
    await day_partitions.maintain_partitions(pool, today())

    assert await pool.fetchval("SELECT tableoid::regclass::text FROM outbox") == "outbox_rest"


async def test_an_old_day_is_dropped_when_it_is_wholly_sent_and_not_before(
    dsn: str, pool: Pool, old_row: str, corner: Kafka
) -> None:
    await day_partitions.maintain_partitions(pool, today())
    assert old_row in await days(pool, "outbox")
    await pool.execute("DELETE FROM relay")
    await day_partitions.maintain_partitions(pool, today())
    assert old_row in await days(pool, "outbox")

    async with relaying(dsn, corner):
        await eventually(lambda: sent(pool))
    await day_partitions.maintain_partitions(pool, today())

    assert old_row not in await days(pool, "outbox")


async def sent(pool: Pool) -> bool:
    """Whether the relay's saved cursor is past the old row; other databases' transactions may hold it back."""
    await count_up(pool, "b")
    sql = "SELECT pg_snapshot_xmin(seen) > (SELECT min(xid) FROM outbox) FROM relay"
    return bool(await pool.fetchval(sql))


async def counts_as_sent(pool: Pool) -> bool:
    await pool.execute("UPDATE relay SET seen = pg_current_snapshot()")
    return await sent(pool)


async def test_a_drop_behind_an_idle_reader_gives_up_and_no_insert_waits_for_it(
    dsn: str, pool: Pool, old_row: str
) -> None:
    await eventually(lambda: counts_as_sent(pool))
    async with session(dsn) as reader, reader.transaction():
        await reader.fetch("SELECT count(*) FROM outbox")
        async with asyncio.timeout(15):
            dropping = asyncio.create_task(day_partitions.maintain_partitions(pool, today()))
            await count_up(pool, "b", 20)
            await dropping
        assert old_row in await days(pool, "outbox")

    await day_partitions.maintain_partitions(pool, today())
    assert old_row not in await days(pool, "outbox")


async def test_an_inbox_day_is_kept_for_thirty_days(pool: Pool) -> None:
    past, kept = today() - timedelta(days=31), today() - timedelta(days=30)
    async with transaction(pool) as tx:
        for day in (past, kept):
            await day_partitions.create_day(tx, day)

    await day_partitions.maintain_partitions(pool, today())

    assert of_day("inbox", past) not in await days(pool, "inbox")
    assert of_day("inbox", kept) in await days(pool, "inbox")


async def test_what_waits_for_a_relay_for_days_is_an_alarm(
    dsn: str, pool: Pool, old_row: str, corner: Kafka, capsys: pytest.CaptureFixture[str]
) -> None:
    async with transaction(pool) as tx:
        assert 9 * 86_400 < await outbox.unsent_seconds(tx) < 9 * 86_400 + 120
    await day_partitions.maintain_partitions(pool, today())
    assert "outbox.unsent.alarm" in capsys.readouterr().out

    async with relaying(dsn, corner):
        await eventually(lambda: nothing_waits(pool))
    await day_partitions.maintain_partitions(pool, today())
    assert "outbox.unsent.alarm" not in capsys.readouterr().out


async def nothing_waits(pool: Pool) -> bool:
    async with transaction(pool) as tx:
        return await outbox.unsent_seconds(tx) == 0
