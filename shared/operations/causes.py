"""All parked keys of one cause: replayed or dropped one after the other, in pages; again after an interruption."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

from shared.messaging.consumer import parking
from shared.messaging.consumer.parking import ParkedKey
from shared.messaging.consumer.routes import Routes
from shared.operations.replay import ReplayOutcome, replay_key
from shared.postgres.pool import Pool, transaction

PAGE = 100
FIRST = ParkedKey("", "")


class Dropped(NamedTuple):
    """How much was given up so far."""

    keys: int
    messages: int


async def replay_cause(
    pool: Pool, routes: Routes, fingerprint: str, say: Callable[[Counter[ReplayOutcome]], None]
) -> Counter[ReplayOutcome]:
    """Replay each key, in a transaction of its own; returns how many keys came to which outcome, and `say`s it so far.
    One that fails again is passed by."""
    done: Counter[ReplayOutcome] = Counter()
    async for page in _pages(pool, fingerprint):
        for key in page:
            outcome, _ = await replay_key(pool, routes, key)
            done[outcome] += 1
            say(done)
    return done


async def drop_cause(pool: Pool, fingerprint: str, reason: str, say: Callable[[Dropped], None]) -> Dropped:
    """Give up what waits under each key, a page in a transaction, for a reason that is kept; `say`s how much so far."""
    done = Dropped(0, 0)
    async for page in _pages(pool, fingerprint):
        async with transaction(pool) as tx:
            messages = [await parking.drop_key(tx, key, reason, fingerprint) for key in page]
        done = Dropped(done.keys + sum(map(bool, messages)), done.messages + sum(messages))
        say(done)
    return done


async def _pages(pool: Pool, fingerprint: str) -> AsyncIterator[list[ParkedKey]]:
    after = FIRST
    while True:
        async with transaction(pool) as tx:
            page = await parking.find_page(tx, fingerprint, after, PAGE)
        if not page:
            return
        yield page
        after = page[-1]
