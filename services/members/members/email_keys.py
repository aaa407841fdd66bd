"""The keys of members' addresses: nobody else joins by one meanwhile, and old ones become as they are made now."""

from collections.abc import Sequence
from uuid import UUID

from shared.addresses import address_key
from shared.postgres.locks import lock_key_of
from shared.postgres.pool import Tx


async def lock_addresses(tx: Tx, email_keys: Sequence[str]) -> None:
    """Nobody else joins with these addresses until this transaction ends."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock(h) FROM"
        f" (SELECT DISTINCT {lock_key_of('k')} AS h FROM unnest($1::text[]) k ORDER BY 1) AS locks",
        email_keys,
    )


async def renew_email_keys(tx: Tx, members: Sequence[UUID]) -> None:
    """Make the keys of these members' addresses again, where other letters than ASCII have been folded otherwise.

    Where two members have one address now, one of them keeps the old key.
    """
    rows = await tx.fetch(
        """
        SELECT member, email, email_key FROM member
        WHERE member = ANY($1) AND octet_length(email) <> length(email) ORDER BY member DESC""",
        members,
    )
    stale = {key: row["member"] for row in rows if (key := _find_key(row["email"])) != row["email_key"]}
    renewed = {key: member for key, member in stale.items() if key is not None}
    if renewed:
        await lock_addresses(tx, list(renewed))
        await _update_keys(tx, renewed)


def _find_key(email: str) -> str | None:
    try:
        return address_key(email)
    except ValueError:
        return None


async def _update_keys(tx: Tx, renewed: dict[str, UUID]) -> None:
    await tx.execute(
        """
        UPDATE member m SET email_key = renewed.email_key
        FROM unnest($1::uuid[], $2::text[]) AS renewed(member, email_key)
        WHERE m.member = renewed.member
          AND NOT EXISTS (SELECT FROM member other WHERE other.email_key = renewed.email_key)""",
        list(renewed.values()),
        list(renewed),
    )
