"""Accounts as a service knows them: their mandates, and since when their sessions count."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from shared.access.principal import Mandate
from shared.contracts.members import Account, MandateRole
from shared.messaging.message import Message
from shared.postgres.pool import Tx

_STORE = """
INSERT INTO account (account, member, mandates, not_before, gone, sequence)
SELECT account, member, mandates::jsonb, not_before, gone, sequence
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::bool[], $6::bigint[])
    AS state(account, member, mandates, not_before, gone, sequence)
ON CONFLICT (account) DO UPDATE SET (member, mandates, not_before, gone, sequence)
    = (excluded.member, excluded.mandates, excluded.not_before, excluded.gone, excluded.sequence)
WHERE account.sequence < excluded.sequence
RETURNING account"""

_IDENTIFY = """
INSERT INTO account_identity (issuer, subject, account) SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[])
ON CONFLICT (issuer, subject) DO UPDATE SET account = excluded.account"""


class KnownAccount(NamedTuple):
    """What is known of an account. Sessions of people who signed in before `not_before` are over."""

    account: UUID
    member: UUID | None
    mandates: frozenset[Mandate]
    not_before: datetime | None
    gone: bool

    def counts_since(self, at: datetime) -> bool:
        """Whether what was proved then still counts."""
        return not self.gone and (self.not_before is None or at >= self.not_before)


class AccountState(NamedTuple):
    """An account at a sequence; `data` None if it is gone."""

    account: UUID
    data: Account | None
    sequence: int


async def project_accounts(tx: Tx, messages: Sequence[Message[Account]]) -> None:
    """Take over the newest state of each account; what is older than the stored one changes nothing."""
    newest = {m.key: m for m in sorted(messages, key=lambda m: m.sequence)}
    await store_accounts(tx, [AccountState(UUID(key), m.data, m.sequence) for key, m in newest.items()])


async def store_accounts(tx: Tx, states: Sequence[AccountState]) -> None:
    """Store these states, one of each account, where they are newer than what is stored."""
    ordered = sorted(states)
    rows = await tx.fetch(
        _STORE,
        [state.account for state in ordered],
        [state.data and state.data.member for state in ordered],
        [_dump_mandates(state.data) for state in ordered],
        [state.data and state.data.not_before for state in ordered],
        [state.data is None for state in ordered],
        [state.sequence for state in ordered],
    )
    stored = {row["account"] for row in rows}
    await tx.execute("DELETE FROM account_identity WHERE account = ANY($1)", list(stored))
    identities = sorted(
        (identity.issuer, identity.subject, state.account)
        for state in ordered
        if state.account in stored and state.data is not None
        for identity in state.data.identities
    )
    await tx.execute(_IDENTIFY, *map(list, zip(*identities, strict=True))) if identities else None


async def find_account(tx: Tx, account: UUID) -> KnownAccount | None:
    """The account of this id, if it is known here."""
    return _read_row(await tx.fetchrow("SELECT * FROM account WHERE account = $1", account))


async def find_identity(tx: Tx, issuer: str, subject: str) -> KnownAccount | None:
    """The account that this issuer knows by this subject, if it is known here."""
    return _read_row(
        await tx.fetchrow(
            "SELECT account.* FROM account JOIN account_identity USING (account)"
            " WHERE issuer = $1 AND subject = $2",
            issuer,
            subject,
        )
    )


def _dump_mandates(data: Account | None) -> str:
    """As text: an array of arrays would be one of two dimensions, which unnest takes apart."""
    return json.dumps([mandate.model_dump(mode="json") for mandate in data.mandates] if data else [])


def _read_row(row: asyncpg.Record | None) -> KnownAccount | None:
    if row is None:
        return None
    mandates = frozenset(Mandate(MandateRole(each["role"]), each["scope"]) for each in row["mandates"])
    return KnownAccount(row["account"], row["member"], mandates, row["not_before"], row["gone"])
