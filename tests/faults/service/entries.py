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
    "AccountTold": "Nothing happened, the account is told again.",
    "AccountGone": "The account is gone.",
}
ACCOUNT = Topic(
    "accounts.account.v1",
    owner="members",
    key="account",
    kind="state",
    audience="internal",
    personal=False,
    model=Account,
    types=_TYPES,
    gone="AccountGone",
)


_NOTE = """
WITH changed AS (
    INSERT INTO known (account, sequence, value) VALUES ($1, $2, $3)
    ON CONFLICT (account) DO UPDATE SET sequence = excluded.sequence, value = excluded.value
    WHERE known.sequence < excluded.sequence
    RETURNING true)
INSERT INTO effect (account, version, value, message_id, newer, bearable)
SELECT $1, $4, $3, $5, EXISTS (SELECT FROM changed), $6"""


class Barred(Exception):
    """The verb doesn't like this account today."""


async def enter(tx: Tx, account: str, value: str, padding: int = 0) -> int:
    """Write one entry; returns the account's new version."""
    version: int = await tx.fetchval(
        "INSERT INTO account (account, version) VALUES ($1, 1)"
        " ON CONFLICT (account) DO UPDATE SET version = account.version + 1 RETURNING version",
        account,
    )
    await tx.execute(
        "INSERT INTO entry (value, account, version) VALUES ($1, $2, $3)", value, account, version
    )
    state = Account(account=account, version=version, value=value, padding="x" * padding)
    await outbox.put_one(tx, ACCOUNT, account, "EntryMade", version, state)
    return version


async def told(tx: Tx, accounts: Sequence[str]) -> Sequence[Outgoing]:
    """These accounts as they are, without their padding."""
    rows = await tx.fetch(
        "SELECT account, version, value FROM account JOIN entry USING (account, version)"
        " WHERE account = ANY($1) ORDER BY account",
        accounts,
    )
    return [
        Outgoing(ACCOUNT, row["account"], "AccountTold", row["version"], Account(**dict(row))) for row in rows
    ]


async def erase(tx: Tx, account: str) -> None:
    """Let nothing be left of an account but its tombstone on the topic. What is parked is left to the tombstone, as
    it is where the consumer is another service."""
    version: int = await tx.fetchval("DELETE FROM account WHERE account = $1 RETURNING version", account)
    await tx.execute("DELETE FROM entry WHERE account = $1", account)
    await outbox.erase_messages(tx, [account])
    await outbox.put_one(tx, ACCOUNT, account, "AccountGone", version + 1, None)


async def note(tx: Tx, messages: Sequence[Message[Any]]) -> None:
    """Note the effect of these messages: their accounts are known by the newest. Of one that is gone nothing is kept.

    Raises `Barred`, or lets a constraint be violated, if one of their accounts is barred that way.
    """
    barred = await _barred(tx, [message.key for message in messages])
    if "bug" in barred.values():
        raise Barred
    await tx.executemany(
        _NOTE,
        [
            (
                message.key,
                message.sequence,
                None if message.data is None else message.data.value,
                message.sequence % GENERATION,
                message.id,
                message.key not in barred,
            )
            for message in messages
        ],
    )
    gone = [message.key for message in messages if message.data is None]
    await tx.execute("DELETE FROM effect WHERE account = ANY($1) AND value IS NOT NULL", gone)


async def _barred(tx: Tx, accounts: Sequence[str]) -> dict[str, str]:
    rows = await tx.fetch("SELECT account, how FROM barred WHERE account = ANY($1)", accounts)
    return {row["account"]: row["how"] for row in rows}


ROUTES: Routes = {ACCOUNT: note}
