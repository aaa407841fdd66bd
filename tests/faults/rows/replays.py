"""Operators who replay parked keys, all in each other's way."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.testing.waiting import eventually
from tests.faults import parked
from tests.faults.row import Row
from tests.faults.service.entries import ACCOUNT
from tests.faults.stage import Stage

# Messages come for the busy accounts all the while, for the quiet one none.
BUSY = ("hot0", "hot1")
QUIET = "quiet"
MESSAGES = 20
RATE = 80.0
NOTHING = "not parked: 0 messages applied"

IN_LINE = """
SELECT count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND query ~ 'FROM parked_key .* FOR UPDATE' AND datname = current_database()"""


async def replayed(stage: Stage) -> None:
    """Keys are parked under load. A replay is killed when all is applied and nothing committed; two begin at once; one
    is killed while another waits for it; then each key is replayed once more."""
    writer, _ = await stage.both()
    await parked.bar(stage, (*BUSY, QUIET))
    async with stage.load(writer, RATE), stage.fault("parked keys replayed"):
        for _ in range(MESSAGES):
            await stage.enter(QUIET)
        await eventually(lambda: all_parked(stage))
        await parked.unbar(stage)
        await killed(stage, BUSY[0])
        await two_at_once(stage, BUSY[0])
        await killed_before_another(stage, BUSY[1])
        await killed_before_another(stage, QUIET)
        await asyncio.gather(*(once_more(stage, account) for account in (*BUSY, QUIET)))
    assert not await parked.waiting(stage), "a key is parked again"


async def all_parked(stage: Stage) -> bool:
    """Whether many messages wait under each of the keys."""
    messages = await parked.waiting(stage)
    return all(messages.get(account, 0) >= MESSAGES for account in (*BUSY, QUIET))


async def killed(stage: Stage, account: str) -> None:
    """All that waits is applied, and the operator dies before the COMMIT."""
    dying = parked.replaying(stage, account)
    dying.begin("replay.applied")
    await dying.die()
    assert account in await parked.waiting(stage), "a replay that was killed has released its key"
    assert not await effects(stage, account), "a replay that was killed has effects"


async def two_at_once(stage: Stage, account: str) -> None:
    """Two wait for the same key, and go."""
    operators = [parked.replaying(stage, account) for _ in range(2)]
    async with in_line(stage, account):
        for each in operators:
            each.begin()
        await eventually(lambda: waiting(stage, 2))
    first, second = sorted([await parked.said(each) for each in operators])
    noted(stage, account, first)
    assert second == NOTHING, f"the second of two operators was told {second!r}"


async def killed_before_another(stage: Stage, account: str) -> None:
    """The first of two in line applies all and dies before the COMMIT; the second does the work."""
    dying, second = parked.replaying(stage, account), parked.replaying(stage, account)
    async with in_line(stage, account):
        dying.begin("replay.applied")
        await eventually(lambda: waiting(stage, 1))
        second.begin()
        await eventually(lambda: waiting(stage, 2))
    await dying.die()
    noted(stage, account, await parked.said(second))


async def once_more(stage: Stage, account: str) -> None:
    """A key that isn't parked any more."""
    late = parked.replaying(stage, account)
    late.begin()
    told = await parked.said(late)
    assert told == NOTHING, f"a second replay was told {told!r}"


@asynccontextmanager
async def in_line(stage: Stage, account: str) -> AsyncIterator[None]:
    """Let operators of this key wait, each behind the one before, until the block ends."""
    async with stage.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "SELECT FROM parked_key WHERE topic = $1 AND key = $2 FOR UPDATE", ACCOUNT.name, account
        )
        yield


async def waiting(stage: Stage, operators: int) -> bool:
    """Whether so many wait in line."""
    return bool(await stage.pool.fetchval(IN_LINE) == operators)


def noted(stage: Stage, account: str, told: str) -> None:
    """Keep how many messages the operator says were applied. Raises AssertionError if the key wasn't his."""
    match = re.fullmatch(r"applied: (\d+) messages applied", told)
    assert match, f"an operator of {account} was told {told!r}"
    assert int(match[1]) >= MESSAGES, f"only {match[1]} messages of {account} were replayed"
    stage.figures[f"messages replayed of {account}"] = int(match[1])


async def effects(stage: Stage, account: str) -> int:
    return int(await stage.pool.fetchval("SELECT count(*) FROM effect WHERE account = $1", account))


ROWS = (Row(11, "replays of parked keys: killed, two at once, once more", replayed, gentle=True),)
