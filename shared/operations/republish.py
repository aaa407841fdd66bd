"""Republishing: the present state of every aggregate goes out again, with the version that it has."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import asyncpg

from shared.contracts.catalogue import Topic
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.operations.live_keys import Standing
from shared.postgres.pool import Pool, Tx, transaction

PAGE = 500
GIVE_WAY_SECONDS = 0.5

Key: TypeAlias = Any
Hold: TypeAlias = Callable[[Tx, Key | None, int], Awaitable[Sequence[Key]]]
Tell: TypeAlias = Callable[[Tx, Sequence[Key]], Awaitable[Sequence[Outgoing]]]
Awaited: TypeAlias = Callable[[Tx, Sequence[Key]], Awaitable[Collection[str]]]


async def _none(tx: Tx, keys: Sequence[Key]) -> Collection[str]:
    return ()


@dataclass(frozen=True)
class State:
    """Aggregates of one kind, and the state topics that tell of them.

    `hold` locks the next ones behind a key (None: the first), at most so many, against every change of what is
    told of them, and returns their keys in order. `told` is what an announcement of them as they are would say.
    `awaited` are the topic's keys of those that `told` leaves out only because a message of theirs is due soon.
    """

    topics: tuple[Topic, ...]
    hold: Hold
    told: Tell
    awaited: Awaited = _none


class _Page(NamedTuple):
    keys: Sequence[Key]
    messages: Sequence[Outgoing]
    awaited: Collection[str]


def rows(table: str) -> Hold:
    """Holds the rows of a table whose key has the table's name."""

    async def hold(tx: Tx, after: Key | None, size: int) -> Sequence[Key]:
        behind, arguments = ("", []) if after is None else (f"WHERE {table} > $2", [after])
        held = await tx.fetch(
            f"SELECT {table} FROM {table} {behind} ORDER BY {table} LIMIT $1 FOR SHARE", size, *arguments
        )
        return [row[table] for row in held]

    return hold


async def republish(
    pool: Pool,
    states: Sequence[State],
    topics: Collection[Topic],
    say: Callable[[Counter[str]], None],
    untold: Standing | None = None,
) -> Counter[str]:
    """Write what is told on these topics to the outbox; returns how many messages by topic, and `say`s it so far.
    From `untold` it takes out the keys of all that is there to be told.

    The service may run beside it: no row is held for longer than a page takes, and no change is overtaken. To do
    it again, from whichever page, repeats messages and nothing else.
    """
    written = Counter({topic.name: 0 for topic in topics})
    for state in states:
        after, wanted = None, set(topics).intersection(state.topics)
        while wanted and (page := await _write(pool, state, after, wanted)).keys:
            after = page.keys[-1]
            written.update(message.topic.name for message in page.messages)
            _take_out(untold or {}, page)
            say(written)
    return written


def _take_out(untold: Standing, page: _Page) -> None:
    for message in page.messages:
        untold.get(message.topic, set()).discard(message.key)
    for keys in untold.values():
        keys.difference_update(page.awaited)


async def _write(pool: Pool, state: State, after: Key | None, topics: Collection[Topic]) -> _Page:
    """The next page, in one transaction. While others hold one of its rows, it lets all its own go and tries again:
    so nobody waits behind it, nor fails by a deadlock with it."""
    while True:
        try:
            async with transaction(pool) as tx:
                await tx.execute("SET LOCAL lock_timeout = '200ms'")
                keys = await state.hold(tx, after, PAGE)
                messages = [told for told in await state.told(tx, keys) if told.topic in topics]
                await outbox.put_all(tx, messages)
                return _Page(keys, messages, await state.awaited(tx, keys))
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(GIVE_WAY_SECONDS)
