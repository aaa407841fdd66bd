"""Accounts for which the service's handler fails, the keys that are parked for it, and operators who replay them."""

import itertools
from collections.abc import Collection, Sequence

from tests.faults.processes import Process
from tests.faults.service.entries import ACCOUNT
from tests.faults.stage import Stage

_numbers = itertools.count(1)


async def fail_accounts(stage: Stage, accounts: Collection[str], how: str = "bug") -> None:
    """Let the handler fail for these accounts, by a `bug` or by a `constraint`."""
    await stage.pool.executemany(
        "INSERT INTO failing (account, how) VALUES ($1, $2)", [(account, how) for account in accounts]
    )


async def mend_handler(stage: Stage) -> None:
    """Let the handler work for all accounts."""
    await stage.pool.execute("DELETE FROM failing")


async def count_waiting(stage: Stage) -> dict[str, int]:
    """How many messages wait under each parked key."""
    rows = await stage.pool.fetch(
        "SELECT k.key, count(p.id) AS messages FROM parked_key k LEFT JOIN parked p USING (topic, key) GROUP BY 1"
    )
    return {row["key"]: row["messages"] for row in rows}


def parked_command(stage: Stage, *arguments: str) -> Process:
    """A command of the service for parked keys, not started yet."""
    return stage.add_process(f"operator{next(_numbers)}", "parked", *arguments)


def replay_command(stage: Stage, account: str) -> Process:
    """An operator who replays an account's key, not started yet."""
    return parked_command(stage, "replay", ACCOUNT.name, account)


async def last_output(operator: Process) -> str:
    """The last line of the command's output, when it has ended."""
    await operator.wait_for_end()
    lines: Sequence[str] = operator.log.read_text("utf-8").splitlines()
    return lines[-1] if lines else ""
