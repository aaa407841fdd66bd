"""Work on items: whatever one of them raises, or does to its process, it alone fails, and the others go on."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from shared.postgres.pool import Pool, Tx, transaction
from shared.runtime import attempts, items
from shared.runtime.attempts import MOST_LOST, can_begin
from shared.runtime.items import PROCESS_DIED, ItemWork, TooManyFailed
from shared.runtime.metrics import read_failed_items
from tests.raised import PASSING, RAISED, names_of, work_through

WORKER = "errands"
FIND = (
    f"SELECT name FROM errand WHERE {can_begin(WORKER, 'name')} ORDER BY name LIMIT 20 FOR UPDATE SKIP LOCKED"
)
GOOD = [f"good {n}" for n in range(5)]


@pytest.fixture
async def errands(pool: Pool) -> Pool:
    """Items that are worked on by being moved from one table to another."""
    await pool.execute("CREATE TABLE errand (name text); CREATE TABLE done (name text)")
    return pool


async def add(pool: Pool, names: Sequence[str]) -> None:
    await pool.execute("INSERT INTO errand SELECT unnest($1::text[])", names)


async def find(tx: Tx) -> Sequence[str]:
    return [row["name"] for row in await tx.fetch(FIND)]


async def move(tx: Tx, names: Sequence[str]) -> None:
    await tx.execute("INSERT INTO done SELECT unnest($1::text[])", names)
    await tx.execute("DELETE FROM errand WHERE name = ANY($1)", names)


async def move_or_raise(tx: Tx, names: Sequence[str]) -> None:
    await move(tx, names)
    errors = {type(error).__name__: error for error in (*RAISED, *PASSING)}
    for name in names:
        if name in errors:
            raise errors[name]


async def read_done(pool: Pool) -> list[str]:
    return [row["name"] for row in await pool.fetch("SELECT name FROM done ORDER BY name")]


async def read_failed(pool: Pool) -> list[tuple[str, str]]:
    async with transaction(pool) as tx:
        return sorted((row["item"], row["reason"]) for row in await attempts.list_failed(tx))


async def test_whatever_items_raise_each_of_them_fails_and_all_others_are_done_once(errands: Pool) -> None:
    bad = names_of((*RAISED, *PASSING))
    await add(errands, [*GOOD, *bad])
    before = read_failed_items().get(WORKER, 0)

    await work_through(ItemWork(WORKER, find, move_or_raise).step, errands)

    assert await read_done(errands) == GOOD
    assert await read_failed(errands) == [(name, name) for name in bad]
    assert read_failed_items()[WORKER] - before == len(bad)
    assert await errands.fetchval("SELECT count(*) FROM attempt WHERE failed_at IS NULL") == 0


async def test_what_may_pass_by_itself_is_tried_again_and_not_blamed_on_the_others(errands: Pool) -> None:
    left = dict.fromkeys(("a", "b"), 3)

    async def fail_thrice(tx: Tx, names: Sequence[str]) -> None:
        await move(tx, names)
        for name in set(names) & left.keys():
            left[name] -= 1
            if left[name] >= 0:
                raise OSError

    await add(errands, ["a", "b", *GOOD])

    await work_through(ItemWork(WORKER, find, fail_thrice).step, errands)

    assert await read_done(errands) == ["a", "b", *GOOD]
    assert await read_failed(errands) == []


async def test_an_item_that_ends_its_process_again_and_again_fails_and_takes_no_other_with_it(
    errands: Pool,
) -> None:
    together: list[Sequence[str]] = []

    async def die(tx: Tx, names: Sequence[str]) -> None:
        together.append(names)
        await move(tx, names)
        if "poison" in names:
            raise ProcessKilled

    await add(errands, [*GOOD, "poison"])
    work = ItemWork(WORKER, find, die)
    for _ in range(20):
        with suppress(ProcessKilled), pytest.MonkeyPatch.context() as killing:
            killing.setattr(items, "is_told_to_stop", lambda _error: True)
            killing.setattr(ItemWork, "_release_items", leave_all)
            await work.step(errands)
        await errands.execute("UPDATE attempt SET until = now() WHERE failed_at IS NULL")

    assert await read_done(errands) == GOOD
    assert await read_failed(errands) == [("poison", PROCESS_DIED)]
    assert together.count(["poison"]) == MOST_LOST - 1
    assert [names for names in together if "poison" in names and len(names) > 1] == [[*GOOD, "poison"]]


class ProcessKilled(BaseException):
    """Nothing is done after it."""


async def leave_all(_work: ItemWork, _pool: Pool, _names: Sequence[str]) -> None:
    """A process that was killed gives nothing back."""


async def test_who_is_stopped_in_the_middle_has_lost_nothing(errands: Pool) -> None:
    begun = asyncio.Event()

    async def hang(_tx: Tx, _names: Sequence[str]) -> None:
        begun.set()
        await asyncio.Event().wait()

    await add(errands, GOOD)
    step = asyncio.create_task(ItemWork(WORKER, find, hang).step(errands))
    await begun.wait()
    step.cancel()
    with suppress(asyncio.CancelledError):
        await step

    assert await errands.fetchval("SELECT count(*) FROM attempt") == 0
    await ItemWork(WORKER, find, move).step(errands)
    assert await read_done(errands) == GOOD


async def test_a_database_that_is_away_is_no_items_fault(errands: Pool) -> None:
    async def lose_connection(tx: Tx, _names: Sequence[str]) -> None:
        await tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    await add(errands, GOOD)
    await ItemWork(WORKER, find, lose_connection).step(errands)
    assert await read_failed(errands) == []

    await work_through(ItemWork(WORKER, find, move).step, errands)
    assert await read_done(errands) == GOOD


async def test_where_the_end_of_an_item_cant_be_written_down_it_is_not_begun_again(errands: Pool) -> None:
    async def refuse(_tx: Tx, _item: str, _reason: str) -> None:
        raise ValueError

    await add(errands, ["KeyError", *GOOD, "ValueError"])
    await work_through(ItemWork(WORKER, find, move_or_raise, refuse).step, errands)

    assert await read_failed(errands) == [("ValueError", "ValueError")]
    assert await read_done(errands) == sorted([*GOOD, "KeyError"])


async def test_when_too_many_have_failed_the_worker_holds_until_an_operator_lets_them_be_tried_again(
    errands: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "MOST_FAILED", 2)

    async def refuse(_tx: Tx, _names: Sequence[str]) -> None:
        raise KeyError

    await add(errands, ["a", "b"])
    await ItemWork(WORKER, find, refuse).step(errands)
    await add(errands, ["c"])
    with pytest.raises(TooManyFailed):
        await ItemWork(WORKER, find, refuse).step(errands)
    assert await read_failed(errands) == [("a", "KeyError"), ("b", "KeyError")]

    async with transaction(errands) as tx:
        assert await attempts.retry_failed(tx, WORKER, "a") == 1
        assert await attempts.retry_failed(tx, WORKER, None) == 1
    await ItemWork(WORKER, find, move).step(errands)
    assert await read_done(errands) == ["a", "b", "c"]
