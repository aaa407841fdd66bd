"""Transactions that stay open while days of the outbox begin and fall due, and a relay that is away for longer than
the outbox is kept."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import asyncpg
from structlog.testing import capture_logs

from shared.messaging import day_partitions
from shared.postgres.pool import Connection, session_settings, transaction
from shared.testing.waiting import eventually
from tests.faults import ledger
from tests.faults.costs import Costs
from tests.faults.processes import Process
from tests.faults.row import Row
from tests.faults.service import entries
from tests.faults.stage import Stage

HOLD_SECONDS = 60
KEEP_SECONDS = 4
TODAY = datetime.now(UTC).date()
TOMORROW = TODAY + timedelta(days=1)
LONG_AGO = TODAY - timedelta(days=day_partitions.OUTBOX_DAYS + 2)
SENT = tuple(f"sent{number}" for number in range(20))
UNSENT = tuple(f"unsent{number}" for number in range(20))


async def hold_transactions(stage: Stage) -> None:
    """A writer is idle in its transaction and a reader goes on for a minute, while a day falls due and the next begins:
    both wait, and nobody else does. Then the relay is away for so long that what it hasn't sent should be dropped."""
    api, relay = (
        stage.add_process("api", "serve", "--only=api"),
        stage.add_process("relay", "serve", "--only=relay"),
    )
    reader, keeper = stage.add_reader(), stage.add_process("keeper", "serve", "--only=work")
    await maintain_partitions(stage, TODAY)
    await asyncio.gather(*(process.start_and_wait() for process in (api, relay, reader)))
    await enter_long_ago(stage, SENT)
    async with stage.under_load(api):
        await stage.wait_until_settled()
        costs = Costs(stage, relay, reader)
        async with stage.inject_fault("idle writer and long reader"):
            await hold_for_a_minute(stage, costs)
        await costs.check_bounds()
        await eventually(lambda: is_dropped(stage, TOMORROW))
        await relay.stop()
        await enter_long_ago(stage, UNSENT)
        async with stage.inject_fault("relay away for longer than the outbox is kept"):
            await keep_unsent_day(stage, keeper)
            await relay.start_and_wait()
        await eventually(lambda: is_dropped(stage, TODAY))


async def enter_long_ago(stage: Stage, accounts: Sequence[str]) -> None:
    """One entry in each of these accounts, whose message lies in a day that is past its retention."""
    async with transaction(stage.pool) as tx:
        await day_partitions.create_day(tx, LONG_AGO)
    await stage.enter_values(*accounts)
    async with transaction(stage.pool) as tx:
        await tx.execute(
            "UPDATE outbox SET at = at - $2::interval WHERE key = ANY($1)", accounts, TODAY - LONG_AGO
        )
        # Counted now, not up to ten seconds later among what is measured.
        await tx.execute("SELECT pg_stat_force_next_flush()")


async def hold_for_a_minute(stage: Stage, costs: Costs) -> None:
    """For a minute, with the keeper at work as if it were midnight again and again."""
    async with unfinished_entry(stage, "idle"), long_reader(stage), costs.watching_costs():
        until, postponed = asyncio.get_running_loop().time() + HOLD_SECONDS, set[str]()
        while asyncio.get_running_loop().time() < until:
            postponed |= await maintain_partitions(stage, TOMORROW)
            await asyncio.sleep(KEEP_SECONDS)
        assert postponed == {"partition.make.postponed", "partition.drop.postponed"}, (
            f"the keeper logged {postponed}"
        )
        assert await day_exists(stage, LONG_AGO), "a day was dropped under a reader"


async def maintain_partitions(stage: Stage, today: date) -> set[str]:
    """The keeper's work, as it is done once an hour; returns the keys that it logged."""
    with capture_logs() as logged:
        await day_partitions.maintain_partitions(stage.pool, today)
    return {each["event"] for each in logged}


@asynccontextmanager
async def unfinished_entry(stage: Stage, account: str) -> AsyncIterator[None]:
    """A transaction that has made an entry, and commits when the block ends."""
    path, value = stage.folder / "ledger-idle.jsonl", f"idle-{uuid4()}"
    stage.ledgers.append(path)
    async with ledger.open_book(path) as book, own_session(stage) as connection:
        await book.write_line("issued", value=value, account=account)
        async with connection.transaction():
            version = await entries.enter_value(connection, account, value)
            yield
        await book.write_line("acknowledged", value=value, version=version)


@asynccontextmanager
async def long_reader(stage: Stage) -> AsyncIterator[None]:
    """A reader of the whole outbox that keeps what it saw until the block ends."""
    async with (
        own_session(stage) as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        await connection.fetchval("SELECT count(*) FROM outbox")
        yield


@asynccontextmanager
async def own_session(stage: Stage) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(stage.dsn, server_settings=session_settings(entries.SCHEMA, "faults"))
    try:
        yield connection
    finally:
        await connection.close()


async def keep_unsent_day(stage: Stage, keeper: Process) -> None:
    """The service's own keeper finds the day past its retention, and leaves it."""
    await keeper.start_and_wait()
    await eventually(lambda: has_logged(keeper, "partition.drop.unsent"))
    await keeper.stop()
    assert await day_exists(stage, LONG_AGO), "a day with unsent messages was dropped"


async def has_logged(process: Process, event: str) -> bool:
    return event in await asyncio.to_thread(process.log.read_text, "utf-8")


async def is_dropped(stage: Stage, today: date) -> bool:
    """Whether the day is gone after the keeper's next try."""
    await maintain_partitions(stage, today)
    return not await day_exists(stage, LONG_AGO)


async def day_exists(stage: Stage, day: date) -> bool:
    return bool(await stage.pool.fetchval("SELECT to_regclass($1) IS NOT NULL", f"outbox_{day:%Y%m%d}"))


ROWS = (
    Row(
        6,
        "an idle writer and a long reader for a minute; the relay away too long",
        hold_transactions,
        gentle=True,
    ),
)
