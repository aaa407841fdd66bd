"""The addresses of whoever was erased, as keyed hashes: nobody brings them back unless they allow it."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from services.members.members.audience_ids import AudienceIds
from shared.postgres.pool import Tx


async def keep_addresses(tx: Tx, audience_ids: AudienceIds, member: UUID, email_keys: Sequence[str]) -> None:
    """Know the addresses of a member again who stands in `erased`."""
    await keep_hashes(tx, {member: [audience_ids.address_hash(key) for key in email_keys]})


async def keep_hashes(tx: Tx, hashes: Mapping[UUID, Sequence[str]]) -> None:
    """Know these again, by members who stand in `erased`."""
    pairs = [(each, member) for member, kept in hashes.items() for each in kept]
    await tx.execute(
        """
        INSERT INTO erased_address (address_hash, member)
        SELECT DISTINCT ON (1) * FROM unnest($1::text[], $2::uuid[]) ORDER BY 1
        ON CONFLICT (address_hash) DO UPDATE SET member = excluded.member""",
        [each for each, _ in pairs],
        [member for _, member in pairs],
    )


async def find_erased(tx: Tx, audience_ids: AudienceIds, email_keys: Collection[str]) -> set[str]:
    """Those of these keys whose address belonged to somebody who was erased."""
    hashed = {audience_ids.address_hash(key): key for key in email_keys}
    rows = await tx.fetch(
        "SELECT address_hash FROM erased_address WHERE address_hash = ANY($1)", list(hashed)
    )
    return {hashed[row["address_hash"]] for row in rows}


async def forget_address(tx: Tx, audience_ids: AudienceIds, email_key: str) -> None:
    """Whoever has this address may be brought back."""
    await tx.execute(
        "DELETE FROM erased_address WHERE address_hash = $1", audience_ids.address_hash(email_key)
    )


async def list_hashes(tx: Tx, members: Sequence[UUID]) -> Mapping[UUID, Sequence[str]]:
    """What is kept of the addresses of these, who were erased."""
    rows = await tx.fetch(
        """
        SELECT member, array_agg(address_hash ORDER BY address_hash) AS hashes FROM erased_address
        WHERE member = ANY($1) GROUP BY member""",
        members,
    )
    return {row["member"]: row["hashes"] for row in rows}
