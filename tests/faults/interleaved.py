"""Transactions beside the load that write early, let others pass, and commit late."""

from uuid import uuid4

from shared.testing.waiting import eventually
from tests.faults import ledger
from tests.faults.ledger import Book
from tests.faults.service import entries
from tests.faults.stage import Stage

OTHERS = 30
# The generator writes to it again and again.
CONTESTED = "hot0"


async def interleave_transactions(stage: Stage, rounds: int = 3) -> None:
    """Under load, each round is a transaction that writes to an account of its own and holds the lock of a contested
    one, until many others are committed; then it changes that one, and one that was changed meanwhile."""
    path = stage.folder / "ledger-interleaved.jsonl"
    stage.ledgers.append(path)
    await stage.enter_values(CONTESTED)
    async with ledger.open_book(path) as book:
        for number in range(rounds):
            await _run_round(stage, book, f"early{number}")


async def _run_round(stage: Stage, book: Book, own: str) -> None:
    values = {account: f"interleaved-{uuid4()}" for account in (own, CONTESTED, "common")}
    for account, value in values.items():
        await book.write_line("issued", value=value, account=account)
    async with stage.pool.acquire() as tx, tx.transaction():
        versions = {own: await entries.enter_value(tx, own, values[own])}
        await tx.execute("SELECT FROM bank_account WHERE account = $1 FOR UPDATE", CONTESTED)
        await stage.enter_values("common")
        await _wait_for_others(stage)
        for account in (CONTESTED, "common"):
            versions[account] = await entries.enter_value(tx, account, values[account])
    for account, version in versions.items():
        await book.write_line("acknowledged", value=values[account], version=version)


async def _wait_for_others(stage: Stage) -> None:
    before = await _count_committed(stage)

    async def enough_committed() -> bool:
        return await _count_committed(stage) >= before + OTHERS

    await eventually(enough_committed)


async def _count_committed(stage: Stage) -> int:
    return int(await stage.pool.fetchval("SELECT count(*) FROM entry"))
