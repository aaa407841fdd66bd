"""Links by mail: asked for in one browser, and used once, there or with the digits that are shown there."""

import hmac
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import asyncpg

from services.members.accounts import addresses, announcements, mails
from services.members.mandates import mandates
from services.members.members import erased_addresses
from services.members.members.audience_ids import AudienceIds
from services.members.sign_in import rules
from shared.addresses import address_key
from shared.contracts.members import AddressMailKind
from shared.contracts.refusals import Refused, TooMany
from shared.postgres.locks import lock_key_of
from shared.postgres.pool import Tx


class Asking(NamedTuple):
    """Who asks for a link: the browser's own secret, and account and member who prove an address by it, if any.

    `back` is where one goes afterwards, `site` where the link leads, "https://host".
    """

    address: str
    browser: str
    language: str
    back: str
    site: str
    account: UUID | None = None
    member: UUID | None = None


class LinkState(StrEnum):
    """What a link is good for."""

    READY = "ready"
    NEEDS_DIGITS = "needs-digits"
    WRONG_DIGITS = "wrong-digits"
    OVER = "over"


class UsedLink(NamedTuple):
    """What became of a link; `address` was proved by it if it is READY."""

    state: LinkState
    address: str = ""
    back: str = ""
    account: UUID | None = None


async def send_link(tx: Tx, audience_ids: AudienceIds, asking: Asking) -> None:
    """Send a link to this address, if anybody signs in with it. Nobody sees which: what is kept is the same.

    Raises `Refused` for what is no address, `TooMany` for one that was asked for five times in an hour.
    """
    try:
        key = address_key(asking.address)
    except ValueError:
        raise Refused("email-invalid", "This is no e-mail address.") from None
    await _require_few(tx, key)
    token = secrets.token_urlsafe(32)
    await _keep_link(tx, asking, key, token)
    member = await addresses.find_member(tx, asking.address) or asking.member
    if member or asking.account or await _is_known(tx, audience_ids, key):
        kind = AddressMailKind.ADDRESS_PROOF if asking.account else AddressMailKind.SIGN_IN
        await mails.put_mail(
            tx,
            kind,
            asking.address,
            f"{asking.site}/sign-in/link/{token}",
            datetime.now(UTC) + rules.LINK_LASTS,
            language=asking.language,
            member=member,
        )


async def use_link(tx: Tx, token: str, browser: str, digits: str | None) -> UsedLink:
    """Use a link: at once in the browser that asked, elsewhere with its digits, which may be wrong five times."""
    row = await tx.fetchrow(
        "SELECT *, asked_at > now() - $2::interval AND used_at IS NULL AS counts FROM sign_in_link"
        " WHERE token_hash = $1 FOR UPDATE",
        rules.hash_text(token),
        rules.LINK_LASTS,
    )
    if row is None or not row["counts"] or row["tries"] >= rules.MOST_TRIES:
        return UsedLink(LinkState.OVER)
    if not hmac.compare_digest(row["browser_hash"], rules.hash_text(browser)):
        if digits is None:
            return UsedLink(LinkState.NEEDS_DIGITS)
        if not _fit(row, token, digits):
            return await _count_try(tx, row)
    await tx.execute("UPDATE sign_in_link SET used_at = now() WHERE token_hash = $1", row["token_hash"])
    return UsedLink(LinkState.READY, row["address"], row["back"], row["account"])


async def forget_old(tx: Tx) -> int:
    """Remove links and errands that are over for long; how many."""
    removed = 0
    for table in ("sign_in_link", "sign_in_errand"):
        done = await tx.execute(f"DELETE FROM {table} WHERE asked_at < now() - $1::interval", rules.KEPT)
        removed += int(done.split()[-1])
    return removed


def _fit(row: asyncpg.Record, token: str, digits: str) -> bool:
    return hmac.compare_digest(row["digits_hash"], rules.hash_text(token, rules.clean_digits(digits)))


async def _count_try(tx: Tx, row: asyncpg.Record) -> UsedLink:
    await tx.execute("UPDATE sign_in_link SET tries = tries + 1 WHERE token_hash = $1", row["token_hash"])
    over = row["tries"] + 1 >= rules.MOST_TRIES
    return UsedLink(LinkState.OVER if over else LinkState.WRONG_DIGITS)


async def _keep_link(tx: Tx, asking: Asking, key: str, token: str) -> None:
    await tx.execute(
        "INSERT INTO sign_in_link (token_hash, address, address_key, browser_hash, digits_hash, account, back)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        rules.hash_text(token),
        asking.address,
        key,
        rules.hash_text(asking.browser),
        rules.hash_text(token, rules.derive_digits(asking.browser)),
        asking.account,
        asking.back,
    )


async def _require_few(tx: Tx, key: str) -> None:
    await tx.execute(f"SELECT pg_advisory_xact_lock({lock_key_of('$1::text')})", f"link {key}")
    asked = await tx.fetchval(
        "SELECT count(*) FROM sign_in_link WHERE address_key = $1 AND asked_at > now() - interval '1 hour'",
        key,
    )
    if asked >= rules.LINKS_AN_HOUR:
        raise TooMany("too-many-links", "This address has got many links within an hour. Try again later.")


async def _is_known(tx: Tx, audience_ids: AudienceIds, key: str) -> bool:
    """Whether somebody has signed in with this address before, or is to by a mandate, or was erased and may come
    back."""
    known = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM identity WHERE issuer = $1 AND subject = $2)", announcements.MAILBOX, key
    )
    if known or await mandates.is_awaited(tx, key):
        return True
    return bool(await erased_addresses.find_erased(tx, audience_ids, [key]))
