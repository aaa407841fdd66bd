"""Links by which members confirm that they leave: good once, for an hour, for the member alone."""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from services.members.accounts import mails
from shared.contracts.members import AddressMailKind, AddressMailText
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx

LASTS = timedelta(hours=1)


async def send_link(tx: Tx, member: UUID, site: str) -> None:
    """Send the member a link; one that was sent before isn't good any more. Raises `NotFound` for who is no member."""
    row = await tx.fetchrow("SELECT email, language FROM member WHERE member = $1 FOR KEY SHARE", member)
    if row is None:
        raise NotFound("member-unknown", "No member has this id.")
    token = secrets.token_urlsafe(32)
    await tx.execute(
        "INSERT INTO leaving_link (member, token_hash) VALUES ($1, $2) ON CONFLICT (member)"
        " DO UPDATE SET (token_hash, asked_at) = (excluded.token_hash, excluded.asked_at)",
        member,
        _hash_token(token),
    )
    await mails.put_mail(
        tx,
        AddressMailKind.ADDRESS_PROOF,
        row["email"],
        f"{site}/me/leave/{token}",
        datetime.now(UTC) + LASTS,
        language=row["language"],
        member=member,
        text=AddressMailText.LEAVING,
    )


async def is_good(tx: Tx, member: UUID, token: str) -> bool:
    """Whether this is the member's link, and not over."""
    kept: bytes | None = await tx.fetchval(
        "SELECT token_hash FROM leaving_link WHERE member = $1 AND asked_at > now() - $2::interval",
        member,
        LASTS,
    )
    return kept is not None and hmac.compare_digest(kept, _hash_token(token))


async def forget_old(tx: Tx) -> None:
    """Remove links that are over."""
    await tx.execute("DELETE FROM leaving_link WHERE asked_at <= now() - $1::interval", LASTS)


def _hash_token(token: str) -> bytes:
    return sha256(token.encode()).digest()
