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


async def replay_parked_keys(stage: Stage) -> None:
    """Keys are parked under load. A replay is killed when all is applied and nothing committed; two begin at once; one
    is killed while another waits for it; then each key is replayed once more."""
    writer, _ = await stage.start_both()
    await parked.fail_accounts(stage, (*BUSY, QUIET))
    async with stage.under_load(writer, RATE), stage.inject_fault("parked keys replayed"):
        for _ in range(MESSAGES):
            await stage.enter_values(QUIET)
        await eventually(lambda: all_parked(stage))
        await parked.mend_handler(stage)
        await kill_replay(stage, BUSY[0])
        await replay_twice_at_once(stage, BUSY[0])
        await kill_before_another(stage, BUSY[1])
        await kill_before_another(stage, QUIET)
        await asyncio.gather(*(replay_once_more(stage, account) for account in (*BUSY, QUIET)))
    assert not await parked.count_waiting(stage), "a key is parked again"


async def all_parked(stage: Stage) -> bool:
    """Whether many messages wait under each of the keys."""
    messages = await parked.count_waiting(stage)
    return all(messages.get(account, 0) >= MESSAGES for account in (*BUSY, QUIET))


async def kill_replay(stage: Stage, account: str) -> None:
    """All that waits is applied, and the operator dies before the COMMIT."""
    dying = parked.replay_command(stage, account)
    dying.start_process("replay.applied")
    await dying.wait_for_death()
    assert account in await parked.count_waiting(stage), "a replay that was killed has released its key"
    assert not await count_effects(stage, account), "a replay that was killed has effects"


async def replay_twice_at_once(stage: Stage, account: str) -> None:
    """Two wait for the same key, and go."""
    operators = [parked.replay_command(stage, account) for _ in range(2)]
    async with queueing_operators(stage, account):
        for each in operators:
            each.start_process()
        await eventually(lambda: are_waiting(stage, 2))
    first, second = sorted([await parked.last_output(each) for each in operators])
    note_replayed(stage, account, first)
    assert second == NOTHING, f"the second of two operators printed {second!r}"


async def kill_before_another(stage: Stage, account: str) -> None:
    """The first of two in line applies all and dies before the COMMIT; the second does the work."""
    dying, second = parked.replay_command(stage, account), parked.replay_command(stage, account)
    async with queueing_operators(stage, account):
        dying.start_process("replay.applied")
        await eventually(lambda: are_waiting(stage, 1))
        second.start_process()
        await eventually(lambda: are_waiting(stage, 2))
    await dying.wait_for_death()
    note_replayed(stage, account, await parked.last_output(second))


async def replay_once_more(stage: Stage, account: str) -> None:
    """A key that isn't parked any more."""
    late = parked.replay_command(stage, account)
    late.start_process()
    output = await parked.last_output(late)
    assert output == NOTHING, f"a second replay printed {output!r}"


@asynccontextmanager
async def queueing_operators(stage: Stage, account: str) -> AsyncIterator[None]:
    """Let operators of this key wait, each behind the one before, until the block ends."""
    async with stage.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "SELECT FROM parked_key WHERE topic = $1 AND key = $2 FOR UPDATE", ACCOUNT.name, account
        )
        yield


async def are_waiting(stage: Stage, operators: int) -> bool:
    """Whether so many wait in line."""
    return bool(await stage.pool.fetchval(IN_LINE) == operators)


def note_replayed(stage: Stage, account: str, output: str) -> None:
    """Keep how many messages the operator has applied. Raises AssertionError if it was another's key."""
    match = re.fullmatch(r"applied: (\d+) messages applied", output)
    assert match, f"an operator of {account} printed {output!r}"
    assert int(match[1]) >= MESSAGES, f"only {match[1]} messages of {account} were replayed"
    stage.measurements[f"messages replayed of {account}"] = int(match[1])


async def count_effects(stage: Stage, account: str) -> int:
    return int(await stage.pool.fetchval("SELECT count(*) FROM effect WHERE account = $1", account))


ROWS = (Row(11, "replays of parked keys: killed, two at once, once more", replay_parked_keys, gentle=True),)
