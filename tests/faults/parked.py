"""Accounts that break the service's verb, the keys that are parked for it, and operators who replay them."""

import itertools
from collections.abc import Collection, Sequence

from tests.faults.processes import Process
from tests.faults.service.entries import ACCOUNT
from tests.faults.stage import Stage

_numbers = itertools.count(1)


async def bar(stage: Stage, accounts: Collection[str], how: str = "bug") -> None:
    """Let the verb fail for these accounts, by a `bug` or by a `constraint`."""
    await stage.pool.executemany(
        "INSERT INTO barred (account, how) VALUES ($1, $2)", [(account, how) for account in accounts]
    )


async def unbar(stage: Stage) -> None:
    """Let the verb work for all accounts."""
    await stage.pool.execute("DELETE FROM barred")


async def waiting(stage: Stage) -> dict[str, int]:
    """How many messages wait under each parked key."""
    rows = await stage.pool.fetch(
        "SELECT k.key, count(p.id) AS messages FROM parked_key k LEFT JOIN parked p USING (topic, key) GROUP BY 1"
    )
    return {row["key"]: row["messages"] for row in rows}


def operator(stage: Stage, *words: str) -> Process:
    """A verb of the service for parked keys, not started yet."""
    return stage.process(f"operator{next(_numbers)}", "parked", *words)


def replaying(stage: Stage, account: str) -> Process:
    """An operator who replays an account's key, not started yet."""
    return operator(stage, "replay", ACCOUNT.name, account)


async def said(operator: Process) -> str:
    """What the verb said last, when it has ended."""
    await operator.ended()
    lines: Sequence[str] = operator.log.read_text("utf-8").splitlines()
    return lines[-1] if lines else ""
