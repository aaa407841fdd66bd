"""Entries in accounts, and what becomes of the messages about them."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.contracts.catalogue import Topic
from shared.contracts.model import Contract
from shared.messaging import outbox
from shared.messaging.message import Message
from shared.messaging.routes import Routes
from shared.postgres.pool import Tx

SCHEMA = "accounts"
GENERATION = 10**15


class Account(Contract):
    """An account as it is now; `value` is its last entry."""

    account: str
    version: int
    value: str
    padding: str = ""


_TYPES: Mapping[str, str] = {"EntryMade": "An entry was made.", "AccountGone": "The account is gone."}
ACCOUNT = Topic("accounts.account.v1", "members", "account", "state", "internal", False, Account, _TYPES)


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
    await outbox.put(tx, ACCOUNT, account, "EntryMade", version, state)
    return version


async def note(tx: Tx, messages: Sequence[Message[Any]]) -> None:
    """Note the effect of these messages: their accounts are known by the newest.

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


async def _barred(tx: Tx, accounts: Sequence[str]) -> dict[str, str]:
    rows = await tx.fetch("SELECT account, how FROM barred WHERE account = ANY($1)", accounts)
    return {row["account"]: row["how"] for row in rows}


ROUTES: Routes = {ACCOUNT: note}
