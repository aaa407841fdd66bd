"""Republishing: the present state of every aggregate goes out again, with the version that it has."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

import asyncpg

from shared.contracts.catalogue import Topic
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.messaging.published_state import Key, PublishedState
from shared.operations.live_keys import LiveKeys
from shared.postgres.pool import Pool, transaction

PAGE = 500
GIVE_WAY_SECONDS = 0.5


class _Page(NamedTuple):
    keys: Sequence[Key]
    messages: Sequence[Outgoing]
    pending: Collection[str]


async def republish_states(
    pool: Pool,
    states: Sequence[PublishedState],
    topics: Collection[Topic],
    say: Callable[[Counter[str]], None],
    unpublished: LiveKeys | None = None,
) -> Counter[str]:
    """Write what is published on these topics to the outbox; returns how many messages by topic, and `say`s it so far.
    From `unpublished` it takes out the keys of all that has a row.

    The service may run beside it: no row is held for longer than a page takes, and no change is overtaken. To do
    it again, from whichever page, repeats messages and nothing else.
    """
    written = Counter({topic.name: 0 for topic in topics})
    for state in states:
        after, wanted = None, set(topics).intersection(state.topics)
        while wanted and (page := await _write_page(pool, state, after, wanted)).keys:
            after = page.keys[-1]
            written.update(message.topic.name for message in page.messages)
            _remove_keys(unpublished or {}, page)
            say(written)
    return written


def _remove_keys(unpublished: LiveKeys, page: _Page) -> None:
    for message in page.messages:
        unpublished.get(message.topic, set()).discard(message.key)
    for keys in unpublished.values():
        keys.difference_update(page.pending)


async def _write_page(
    pool: Pool, state: PublishedState, after: Key | None, topics: Collection[Topic]
) -> _Page:
    """The next page, in one transaction. While others hold one of its rows, it lets all its own go and tries again:
    so nobody waits behind it, nor fails by a deadlock with it."""
    while True:
        try:
            async with transaction(pool) as tx:
                await tx.execute("SET LOCAL lock_timeout = '200ms'")
                keys = await state.lock_page(tx, after, PAGE)
                messages = [
                    message for message in await state.build_messages(tx, keys) if message.topic in topics
                ]
                await outbox.put_all(tx, messages)
                return _Page(keys, messages, await state.find_pending(tx, keys))
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(GIVE_WAY_SECONDS)
