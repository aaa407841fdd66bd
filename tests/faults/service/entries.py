"""Entries in accounts, and what becomes of the messages about them."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.contracts.catalogue import Topic
from shared.contracts.model import Contract
from shared.messaging import outbox
from shared.messaging.consumer.routes import Routes
from shared.messaging.message import Message
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx

SCHEMA = "accounts"
GENERATION = 10**15


class Account(Contract):
    """An account as it is now; `value` is its last entry."""

    account: str
    version: int
    value: str
    padding: str = ""


_TYPES: Mapping[str, str] = {
    "EntryMade": "An entry was made.",
    "AccountRepublished": "Nothing happened, the account is published again.",
    "AccountGone": "The account is gone.",
}
ACCOUNT = Topic(
    "accounts.account.v1",
    owner=SCHEMA,
    key="account",
    kind="state",
    audience="internal",
    personal=False,
    model=Account,
    types=_TYPES,
    gone="AccountGone",
)


_RECORD = """
WITH changed AS (
    INSERT INTO known (account, sequence, value) VALUES ($1, $2, $3)
    ON CONFLICT (account) DO UPDATE SET sequence = excluded.sequence, value = excluded.value
    WHERE known.sequence < excluded.sequence
    RETURNING true)
INSERT INTO effect (account, version, value, message_id, newer, bearable)
SELECT $1, $4, $3, $5, EXISTS (SELECT FROM changed), $6"""


class HandlerBug(Exception):
    """The handler fails for this account."""


async def enter_value(tx: Tx, account: str, value: str, padding: int = 0) -> int:
    """Write one entry; returns the account's new version."""
    version: int = await tx.fetchval(
        "INSERT INTO bank_account (account, version) VALUES ($1, 1)"
        " ON CONFLICT (account) DO UPDATE SET version = bank_account.version + 1 RETURNING version",
        account,
    )
    await tx.execute(
        "INSERT INTO entry (value, account, version) VALUES ($1, $2, $3)", value, account, version
    )
    state = Account(account=account, version=version, value=value, padding="x" * padding)
    await outbox.put_one(tx, ACCOUNT, account, "EntryMade", version, state)
    return version


async def build_messages(tx: Tx, accounts: Sequence[str]) -> Sequence[Outgoing]:
    """These accounts as they are, without their padding."""
    rows = await tx.fetch(
        "SELECT account, version, value FROM bank_account JOIN entry USING (account, version)"
        " WHERE account = ANY($1) ORDER BY account",
        accounts,
    )
    return [
        Outgoing(ACCOUNT, row["account"], "AccountRepublished", row["version"], Account(**dict(row)))
        for row in rows
    ]


async def erase_account(tx: Tx, account: str) -> None:
    """Let nothing be left of an account but its tombstone on the topic. What is parked is left to the tombstone, as
    it is where the consumer is another service."""
    version: int = await tx.fetchval("DELETE FROM bank_account WHERE account = $1 RETURNING version", account)
    await tx.execute("DELETE FROM entry WHERE account = $1", account)
    await outbox.erase_messages(tx, [account])
    await outbox.put_one(tx, ACCOUNT, account, "AccountGone", version + 1, None)


async def record_effects(tx: Tx, messages: Sequence[Message[Any]]) -> None:
    """Record the effects of these messages: accounts are known by the newest. Nothing is kept of one that is gone.

    Raises `HandlerBug`, or lets a constraint be violated, if one of their accounts is listed to fail that way.
    """
    failing = await _failing_accounts(tx, [message.key for message in messages])
    if "bug" in failing.values():
        raise HandlerBug
    await tx.executemany(
        _RECORD,
        [
            (
                message.key,
                message.sequence,
                None if message.data is None else message.data.value,
                message.sequence % GENERATION,
                message.id,
                message.key not in failing,
            )
            for message in messages
        ],
    )
    gone = [message.key for message in messages if message.data is None]
    await tx.execute("DELETE FROM effect WHERE account = ANY($1) AND value IS NOT NULL", gone)


async def _failing_accounts(tx: Tx, accounts: Sequence[str]) -> dict[str, str]:
    rows = await tx.fetch("SELECT account, how FROM failing WHERE account = ANY($1)", accounts)
    return {row["account"]: row["how"] for row in rows}


ROUTES: Routes = {ACCOUNT: record_effects}
