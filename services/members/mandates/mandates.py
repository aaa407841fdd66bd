"""Giving mandates, to an account or to whoever proves an address, taking them up, and taking them back."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import ConfigDict
from uuid_utils.compat import uuid7

from services.members.accounts import accounts, addresses, announcements, mails
from services.members.accounts.accounts import Proof
from services.members.mandates import rules
from services.members.organisations import organisations
from shared.access.principal import Principal
from shared.addresses import address_key
from shared.contracts.members import AddressMailKind, MandateRole
from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import Forbidden, NotFound, Refused
from shared.postgres.locks import lock_key_of
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Line, Plain
from shared.runtime.paging import Page, PageRequest
from shared.runtime.vocabulary_types import KnownLanguage

# An invitation that can't be mailed for so long isn't mailed any more; the mandate waits all the same.
MAILED_WITHIN = timedelta(days=3)

_PUT = """
INSERT INTO mandate (mandate, role, scope, account, address, address_key, given_by, since)
VALUES ($1, $2, $3, $4::uuid, $5, $6, $7, CASE WHEN $4::uuid IS NOT NULL THEN now() END)
ON CONFLICT DO NOTHING RETURNING *"""
_FIND = """
SELECT * FROM mandate WHERE role = $1 AND scope = $2 AND until IS NULL
AND (account = $3 OR account IS NULL AND address_key = $4)"""
# An account may hold it already: then nothing waits any more.
_TAKE_UP = """
WITH waiting AS (
    SELECT mandate, EXISTS (
        SELECT FROM mandate h WHERE (h.account, h.role, h.scope) = ($1, m.role, m.scope) AND until IS NULL) AS held
    FROM mandate m WHERE address_key = $2 AND until IS NULL AND account IS NULL),
over AS (
    UPDATE mandate SET until = now() WHERE mandate IN (SELECT mandate FROM waiting WHERE held) AND account IS NULL),
taken AS (
    UPDATE mandate SET account = $1, since = now()
    WHERE mandate IN (SELECT mandate FROM waiting WHERE NOT held) AND account IS NULL RETURNING 1)
SELECT count(*) FROM taken"""
_LIST = """
SELECT * FROM mandate WHERE until IS NULL AND scope = $1 AND ($2::uuid IS NULL OR mandate > $2)
ORDER BY mandate LIMIT $3"""
_LIST_SYSTEMS = """
SELECT * FROM mandate WHERE until IS NULL AND role = $1 AND ($2::uuid IS NULL OR mandate > $2)
ORDER BY mandate LIMIT $3"""


class GiveMandate(Command):
    """A mandate, and who gets it: an account, whoever proves this address, or what an issuer names so."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"role": "coordinator", "organisation": "daad", "email": "kim@example.org"}]
        }
    )

    role: MandateRole
    organisation: Slug | None = None
    account: UUID | None = None
    email: Plain | None = None
    issuer: Line | None = None
    subject: Line | None = None
    language: KnownLanguage = "en"

    @property
    def scope(self) -> str:
        return self.organisation or ""


class ListedMandate(Contract):
    """A mandate that holds, or waits until its address is proved (`since` None)."""

    mandate: UUID
    role: MandateRole
    organisation: str
    account: UUID | None
    email: str | None
    given_by: UUID | None
    given_at: datetime
    since: datetime | None


async def give_mandate(tx: Tx, asker: Principal | None, command: GiveMandate, site: str) -> ListedMandate:
    """Give a mandate; one that the account holds, or that waits for the address, is left as it is. None asks as the
    command line. Whoever has an address may hold it by another account: then one waits again, for when that address
    is proved from elsewhere.

    `site` is where the mail to an address leads. Raises `NotFound` for an organisation that isn't the asker's, an
    unknown one or an unknown account, `Forbidden` for a mandate that isn't the asker's to give, `Refused` for what is
    no address, no mandate, and for none or several who would get it.
    """
    _require_possible(command)
    await _require_right(tx, asker, command.role, command.scope)
    await _lock_scope(tx, command.scope)
    account, key = await _find_holder(tx, command)
    found = await tx.fetchrow(_FIND, command.role, command.scope, account, key)
    if found is not None:
        return _read_row(found)
    row = await tx.fetchrow(
        _PUT, uuid7(), command.role, command.scope, account, command.email, key, asker and asker.account
    )
    assert row is not None
    await _tell(tx, command, row, site)
    return _read_row(row)


async def take_up_mandates(tx: Tx, account: UUID, address: str) -> bool:
    """Give an account what waits for an address that it has proved; whether there was anything."""
    return bool(await tx.fetchval(_TAKE_UP, account, address_key(address)))


async def take_back_mandate(tx: Tx, asker: Principal, mandate: UUID) -> str | None:
    """Take a mandate back; everywhere it ends as soon as that is known there. A repeat changes nothing. Gives the
    organisation for which it was given.

    Raises `NotFound` for one that isn't the asker's to take, `Refused` for the last operator's.
    """
    row = await tx.fetchrow("SELECT * FROM mandate WHERE mandate = $1", mandate)
    if row is None or not rules.may_give(asker, MandateRole(row["role"]), row["scope"]):
        raise NotFound("mandate-unknown", "No mandate has this id.")
    await _lock_scope(tx, row["scope"])
    if row["role"] == MandateRole.OPERATOR and row["account"] and await _is_last_operator(tx, mandate):
        raise Refused("last-operator", "This is the last operator: give the mandate to somebody else first.")
    taken = await tx.fetchval(
        "UPDATE mandate SET until = now(), taken_by = $2 WHERE mandate = $1 AND until IS NULL RETURNING account",
        mandate,
        asker.account,
    )
    if taken is not None:
        await announcements.publish_changes(tx, [taken])
    return row["scope"] or None


async def list_mandates(tx: Tx, asker: Principal, scope: str, paging: PageRequest) -> Page[ListedMandate]:
    """The mandates of an organisation, or of the installation ("").

    Raises `NotFound` for an organisation that isn't the asker's.
    """
    if not rules.may_give(asker, MandateRole.COORDINATOR, scope):
        raise NotFound("organisation-unknown", "No organisation has this name.")
    rows = await tx.fetch(_LIST, scope, paging.cursor_parts(UUID)[0], paging.limit + 1)
    return paging.build_page([_read_row(row) for row in rows], [[row["mandate"]] for row in rows])


async def list_systems(tx: Tx, paging: PageRequest) -> Page[ListedMandate]:
    """The mandates of programs of organisations, of all of them."""
    rows = await tx.fetch(
        _LIST_SYSTEMS, MandateRole.PARTNER_SYSTEM, paging.cursor_parts(UUID)[0], paging.limit + 1
    )
    return paging.build_page([_read_row(row) for row in rows], [[row["mandate"]] for row in rows])


async def find_mandate(tx: Tx, mandate: UUID) -> ListedMandate | None:
    """A mandate that holds or waits."""
    row = await tx.fetchrow("SELECT * FROM mandate WHERE mandate = $1 AND until IS NULL", mandate)
    return None if row is None else _read_row(row)


async def count_waiting(tx: Tx, scope: str, most: int) -> int:
    """How many mandates of an organisation wait for whoever proves their address, counted up to `most`."""
    counted: int = await tx.fetchval(
        "SELECT count(*) FROM (SELECT FROM mandate WHERE until IS NULL AND scope = $1 AND since IS NULL LIMIT $2) m",
        scope,
        most,
    )
    return counted


async def list_operators(tx: Tx) -> list[tuple[object, ...]]:
    """Mandate, account, address and beginning of each operator's mandate."""
    rows = await tx.fetch(
        "SELECT mandate, account, address, since FROM mandate WHERE until IS NULL AND scope = '' ORDER BY mandate"
    )
    return [tuple(row.values()) for row in rows]


async def is_awaited(tx: Tx, key: str) -> bool:
    """Whether a mandate waits for whoever proves the address of this key."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM mandate WHERE address_key = $1 AND until IS NULL AND account IS NULL)",
            key,
        )
    )


async def forget_addresses(tx: Tx, member: UUID) -> None:
    """Remove the mandates that were given to addresses of a member who is erased, and the links to them."""
    keys = await addresses.list_keys(tx, member)
    await tx.execute("DELETE FROM mandate WHERE account IS NULL AND address_key = ANY($1)", keys)
    await tx.execute("DELETE FROM sign_in_link WHERE address_key = ANY($1)", keys)


async def _require_right(tx: Tx, asker: Principal | None, role: MandateRole, scope: str) -> None:
    if asker is not None and not rules.may_give(asker, role, scope):
        if asker.coordinates(scope) or not scope:
            raise Forbidden("not-yours-to-give", "An operator gives this mandate.")
        raise NotFound("organisation-unknown", "No organisation has this name.")
    if scope:
        await organisations.require_organisation(tx, scope)


def _require_possible(command: GiveMandate) -> None:
    named = [command.account is not None, command.email is not None, command.issuer is not None]
    if sum(named) != 1 or (command.issuer is None) != (command.subject is None):
        raise Refused("holder-unclear", "It goes to an account, an e-mail address, or an issuer's subject.")
    if not rules.is_possible(command.role, command.scope):
        raise Refused(
            "mandate-impossible",
            "An operator's mandate is for the installation, others are for an organisation.",
        )


async def _find_holder(tx: Tx, command: GiveMandate) -> tuple[UUID | None, str | None]:
    """The account, or the key of the address for which the mandate waits."""
    if command.email is not None:
        try:
            return None, address_key(command.email)
        except ValueError:
            raise Refused("email-invalid", "The e-mail address is none.") from None
    if command.issuer is not None and command.subject is not None:
        opened = await accounts.recognise_account(tx, Proof(command.issuer, command.subject))
        if opened.is_new:
            await announcements.publish_accounts(tx, [opened.account])
        return opened.account, None
    account = await tx.fetchval(
        "SELECT account FROM opened_account WHERE account = $1 AND NOT closed FOR UPDATE", command.account
    )
    if account is None:
        raise NotFound("account-unknown", "No account has this id.")
    return account, None


async def _tell(tx: Tx, command: GiveMandate, row: asyncpg.Record, site: str) -> None:
    if row["account"] is not None:
        await announcements.publish_changes(tx, [row["account"]])
        return
    assert command.email is not None
    name = await tx.fetchval("SELECT name FROM organisation WHERE organisation = $1", command.scope)
    await mails.put_mail(
        tx,
        AddressMailKind.MANDATE,
        command.email,
        f"{site}/sign-in",
        datetime.now(UTC) + MAILED_WITHIN,
        language=command.language,
        organisation=name or "",
        member=await addresses.find_member(tx, command.email),
    )


async def _is_last_operator(tx: Tx, mandate: UUID) -> bool:
    return not await tx.fetchval(
        "SELECT EXISTS (SELECT FROM mandate WHERE scope = '' AND role = $1 AND until IS NULL"
        " AND account IS NOT NULL AND mandate <> $2)",
        MandateRole.OPERATOR,
        mandate,
    )


async def _lock_scope(tx: Tx, scope: str) -> None:
    await tx.execute(f"SELECT pg_advisory_xact_lock({lock_key_of('$1::text')})", f"mandates of {scope}")


def _read_row(row: asyncpg.Record) -> ListedMandate:
    values: dict[str, Any] = dict(row)
    return ListedMandate(**values, organisation=row["scope"], email=row["address"])
