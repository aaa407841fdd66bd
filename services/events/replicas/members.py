"""Members as this service needs them: that they exist, their names, and of which organisations they are."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from shared.contracts.members import Profile
from shared.contracts.refusals import Refused
from shared.messaging.message import Message
from shared.postgres.pool import Tx

FOUND = 20
_NAME = "trim(given_name || ' ' || family_name)"


async def project_members(tx: Tx, messages: Sequence[Message[Profile]]) -> None:
    """Take over the newest state of each member. What is older than the stored one changes nothing, and a member
    who was erased does not come back."""
    newest = {m.key: m for m in sorted(messages, key=lambda m: m.sequence)}
    await erase_members(tx, [UUID(key) for key, m in newest.items() if m.data is None])
    latest = [_build_row(m.data, m.sequence) for m in newest.values() if m.data is not None]
    await tx.execute(
        """
        INSERT INTO member (member, language, residence, given_name, family_name, organisations, sequence)
        SELECT * FROM jsonb_to_recordset($1) AS latest(
            member uuid, language text, residence text, given_name text, family_name text, organisations text[],
            sequence bigint)
        WHERE NOT EXISTS (SELECT FROM erased WHERE erased.member = latest.member)
        ON CONFLICT (member) DO UPDATE
        SET (language, residence, given_name, family_name, organisations, sequence)
            = (excluded.language, excluded.residence, excluded.given_name, excluded.family_name,
               excluded.organisations, excluded.sequence)
        WHERE member.sequence < excluded.sequence""",
        latest,
    )


async def erase_members(tx: Tx, members: Sequence[UUID]) -> list[UUID]:
    """Remove these members, for good; returns those who were known. Waits for registrations of theirs that are under
    way."""
    await tx.execute(
        "INSERT INTO erased (member) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING", sorted(members)
    )
    rows = await tx.fetch("DELETE FROM member WHERE member = ANY($1) RETURNING member", members)
    return [row["member"] for row in rows]


async def lock_member(tx: Tx, member: UUID) -> None:
    """Keep a member from being erased until `tx` ends. Raises `Refused` for one who is not known here."""
    if not await tx.fetchval("SELECT true FROM member WHERE member = $1 FOR KEY SHARE", member):
        raise Refused(
            "member-unknown", "No member is known here by this id; one who joined just now may need a moment."
        )


async def find_names(tx: Tx, members: Iterable[UUID]) -> dict[UUID, str]:
    """The names of those of these members whose names are known here."""
    rows = await tx.fetch(
        f"SELECT member, {_NAME} AS name FROM member"
        " WHERE member = ANY($1) AND (given_name, family_name) <> ('', '')",
        list(members),
    )
    return {row["member"]: row["name"] for row in rows}


async def find_by_family_name(tx: Tx, organisation: str, name: str) -> list[tuple[UUID, str]]:
    """The first members of an organisation who have this family name: their ids and whole names."""
    rows = await tx.fetch(
        f"SELECT member, {_NAME} AS name FROM member"
        " WHERE lower(family_name) = lower($1) AND $2 = ANY(organisations) ORDER BY name, member LIMIT $3",
        name,
        organisation,
        FOUND,
    )
    return [(row["member"], row["name"]) for row in rows]


def _build_row(profile: Profile, sequence: int) -> dict[str, Any]:
    return {
        "member": str(profile.member),
        "language": profile.language,
        "residence": profile.residence,
        "given_name": profile.given_name,
        "family_name": profile.family_name,
        "organisations": sorted({each.organisation for each in profile.affiliations}),
        "sequence": sequence,
    }
