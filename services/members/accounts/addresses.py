"""The addresses of members: the primary one in the profile, and further ones, each proved by a link."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from services.members.members import history, profiles
from services.members.members.audience_ids import AudienceIds
from services.members.members.email_keys import lock_addresses
from shared.addresses import address_key
from shared.contracts.refusals import NotFound, Refused
from shared.postgres.pool import Tx

_FIND = """
SELECT member FROM member WHERE email_key = $1
UNION ALL SELECT member FROM member_address WHERE address_key = $1 LIMIT 1"""


async def find_member(tx: Tx, address: str) -> UUID | None:
    """Whose address it is, however it is written. Raises ValueError for what is no address."""
    found: UUID | None = await tx.fetchval(_FIND, address_key(address))
    return found


async def add_address(tx: Tx, member: UUID, address: str) -> None:
    """Add an address that the member has proved. Raises `Refused` if it is another member's."""
    await lock_addresses(tx, [address_key(address)])
    holder = await find_member(tx, address)
    if holder is None:
        await _insert_address(tx, member, address_key(address), address)
    elif holder != member:
        raise Refused("address-of-another", "Somebody else has this address.")


async def remove_address(tx: Tx, member: UUID, address: str) -> None:
    """Remove a further address; one that the member doesn't have is as good as removed."""
    with suppress(ValueError):
        await tx.execute(
            "DELETE FROM member_address WHERE member = $1 AND address_key = $2", member, address_key(address)
        )


async def make_primary(tx: Tx, audience_ids: AudienceIds, member: UUID, address: str) -> None:
    """Let mails go to this further address, and keep the one to which they went as a further one; `MemberChanged` goes
    out. Raises `NotFound` for one that the member doesn't have."""
    key = _find_key(address)
    await lock_addresses(tx, [key or ""])
    row = await tx.fetchrow("SELECT email, email_key FROM member WHERE member = $1 FOR NO KEY UPDATE", member)
    if row is not None and row["email_key"] == key:
        return
    chosen = await tx.fetchval(
        "DELETE FROM member_address WHERE member = $1 AND address_key = $2 RETURNING address", member, key
    )
    if row is None or chosen is None:
        raise NotFound("address-unknown", "This is no address of yours.")
    await tx.execute("UPDATE member SET email = $2, email_key = $3 WHERE member = $1", member, chosen, key)
    await _insert_address(tx, member, row["email_key"], row["email"])
    await history.note_own_change(tx, member, [history.EMAIL])
    await profiles.publish_members(tx, audience_ids, new=(), changed=[member])


async def list_addresses(tx: Tx, member: UUID) -> Sequence[str]:
    """A member's addresses, the primary one first."""
    rows = await tx.fetch(
        """
        SELECT email AS address, 0 AS place, now() AS at FROM member WHERE member = $1
        UNION ALL SELECT address, 1, proved_at FROM member_address WHERE member = $1 ORDER BY place, at""",
        member,
    )
    return [row["address"] for row in rows]


async def list_keys(tx: Tx, member: UUID) -> Sequence[str]:
    """The keys of a member's addresses."""
    rows = await tx.fetch(
        """
        SELECT email_key AS key FROM member WHERE member = $1
        UNION ALL SELECT address_key FROM member_address WHERE member = $1""",
        member,
    )
    return [row["key"] for row in rows]


async def _insert_address(tx: Tx, member: UUID, key: str, address: str) -> None:
    await tx.execute(
        "INSERT INTO member_address (address_key, member, address) VALUES ($1, $2, $3)", key, member, address
    )


def _find_key(address: str) -> str | None:
    try:
        return address_key(address)
    except ValueError:
        return None
