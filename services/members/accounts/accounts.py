"""Accounts: opened by whoever signs in for the first time, joined to a member by a proved address, closed for good."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from services.members.accounts import addresses, announcements
from shared.postgres.locks import lock_key_of
from shared.postgres.pool import Tx


class Proof(NamedTuple):
    """Who somebody proved to be: an issuer's subject, or a mailbox (`announcements.MAILBOX` and its key).

    `address` is one that was proved with it, if any.
    """

    issuer: str
    subject: str
    address: str | None = None


class OpenAccount(NamedTuple):
    """An account, locked. `is_new`: it was opened just now, and isn't published; `is_changed`: it has to be."""

    account: UUID
    member: UUID | None
    not_before: datetime | None
    is_new: bool
    is_changed: bool


async def recognise_account(tx: Tx, proof: Proof) -> OpenAccount:
    """The account of whoever proved this, which is opened if there is none. It finds its member by the address.

    The caller publishes it if it is new or has changed.
    """
    await tx.execute(
        f"SELECT pg_advisory_xact_lock({lock_key_of('$1::text')})", f"{proof.issuer} {proof.subject}"
    )
    row = await _lock_account(tx, proof)
    is_new = row is None
    if row is None:
        row = await _open_account(tx, proof)
    member: UUID | None = row["member"]
    if member is None and proof.address is not None:
        member = await addresses.find_member(tx, proof.address)
        await tx.execute("UPDATE opened_account SET member = $2 WHERE account = $1", row["account"], member)
    return OpenAccount(row["account"], member, row["not_before"], is_new, member != row["member"])


async def find_mailbox(tx: Tx, account: UUID) -> str | None:
    """The key of the address that whoever has the account signs in with, by links."""
    key: str | None = await tx.fetchval(
        "SELECT subject FROM identity WHERE account = $1 AND issuer = $2", account, announcements.MAILBOX
    )
    return key


async def end_sessions(tx: Tx, account: UUID) -> None:
    """End all sessions of the account, in every service: whoever has signed in until now must sign in again."""
    await tx.execute(
        "UPDATE opened_account SET not_before = date_trunc('second', now()) + interval '1 second'"
        " WHERE account = $1 AND NOT closed",
        account,
    )
    await announcements.publish_changes(tx, [account])


async def add_address(tx: Tx, account: UUID, address: str) -> None:
    """Add an address that was proved to those of the account's member, if it has one still.

    Raises `Refused` if it is another member's.
    """
    member = await tx.fetchval("SELECT member FROM opened_account WHERE account = $1", account)
    if member is not None:
        await addresses.add_address(tx, member, address)


async def close_accounts(tx: Tx, member: UUID) -> None:
    """Close all accounts of a member who is erased; nothing is kept but that they are closed."""
    rows = await tx.fetch(
        "SELECT account FROM opened_account WHERE member = $1 ORDER BY account FOR UPDATE", member
    )
    accounts = [row["account"] for row in rows]
    await tx.execute("DELETE FROM sign_in_link WHERE account = ANY($1)", accounts)
    await tx.execute("DELETE FROM identity WHERE account = ANY($1)", accounts)
    await tx.execute("DELETE FROM mandate WHERE account = ANY($1)", accounts)
    await tx.execute(
        "UPDATE opened_account SET member = NULL, not_before = NULL, closed = true WHERE account = ANY($1)",
        accounts,
    )
    await announcements.publish_accounts(tx, accounts)


async def _lock_account(tx: Tx, proof: Proof) -> asyncpg.Record | None:
    return await tx.fetchrow(
        "SELECT o.* FROM identity JOIN opened_account o USING (account)"
        " WHERE issuer = $1 AND subject = $2 FOR UPDATE OF o",
        proof.issuer,
        proof.subject,
    )


async def _open_account(tx: Tx, proof: Proof) -> asyncpg.Record:
    row = await tx.fetchrow("INSERT INTO opened_account (account) VALUES ($1) RETURNING *", uuid7())
    assert row is not None
    await tx.execute(
        "INSERT INTO identity (issuer, subject, account) VALUES ($1, $2, $3)",
        proof.issuer,
        proof.subject,
        row["account"],
    )
    return row
