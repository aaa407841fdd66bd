"""What is published of accounts, and what members itself holds of them in the same form as every service."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from shared.access.accounts import AccountState, store_accounts
from shared.contracts import catalogue
from shared.contracts.members import Account, AccountIdentity, GivenMandate
from shared.messaging import outbox
from shared.messaging.outbox import LAST_VERSION, Outgoing
from shared.postgres.pool import Tx

MAILBOX = "mailto:"

_READ = """
SELECT o.*,
    ARRAY(SELECT (issuer, subject) FROM identity i
          WHERE i.account = o.account AND issuer <> $2 ORDER BY issuer, subject) AS identities,
    ARRAY(SELECT (role, scope, since) FROM mandate m
          WHERE m.account = o.account AND until IS NULL ORDER BY role, scope) AS mandates
FROM opened_account o WHERE account = ANY($1) ORDER BY account"""


async def publish_changes(tx: Tx, accounts: Sequence[UUID]) -> None:
    """Publish these accounts, which the transaction has changed, and hold them here as they are."""
    await tx.execute(
        "SELECT FROM opened_account WHERE account = ANY($1) ORDER BY account FOR UPDATE", accounts
    )
    await tx.execute(
        "UPDATE opened_account SET version = version + 1 WHERE account = ANY($1) AND NOT closed", accounts
    )
    await publish_accounts(tx, accounts)


async def publish_accounts(tx: Tx, accounts: Sequence[UUID]) -> None:
    """Publish these accounts at the version that they have, and hold them here as they are."""
    messages = await build_messages(tx, accounts)
    states = [AccountState(UUID(m.key), _read_data(m), m.version) for m in messages]
    await store_accounts(tx, states)
    await outbox.put_all(tx, messages)


async def build_messages(tx: Tx, accounts: Sequence[UUID]) -> list[Outgoing]:
    """The messages that publish these accounts as they are."""
    return [_build_message(row) for row in await tx.fetch(_READ, accounts, MAILBOX)]


def _build_message(row: asyncpg.Record) -> Outgoing:
    key = str(row["account"])
    if row["closed"]:
        return Outgoing(catalogue.ACCOUNT, key, "AccountClosed", LAST_VERSION, None)
    data = Account(
        account=row["account"],
        member=row["member"],
        identities=tuple(AccountIdentity(issuer=i, subject=s) for i, s in row["identities"]),
        mandates=tuple(GivenMandate(role=r, scope=s, since=at) for r, s, at in row["mandates"]),
        not_before=row["not_before"],
    )
    type = "AccountOpened" if row["version"] == 1 else "AccountChanged"
    return Outgoing(catalogue.ACCOUNT, key, type, row["version"], data)


def _read_data(message: Outgoing) -> Account | None:
    assert message.data is None or isinstance(message.data, Account)
    return message.data
