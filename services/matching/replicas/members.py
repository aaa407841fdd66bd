"""The replica of members' profiles, from which candidates are ranked."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from shared.contracts.members import Profile
from shared.contracts.model import Slug
from shared.contracts.refusals import NotFound
from shared.messaging.message import MAX_SEQUENCE, Message
from shared.postgres.pool import Tx

FOUND = 20
# Members whom a request, a proposal or a capacity refers to.
REFERENCED = """EXISTS (
    SELECT FROM (
        SELECT requester AS member FROM request UNION ALL SELECT contact FROM request
        UNION ALL SELECT adviser FROM request UNION ALL SELECT adviser FROM proposal
        UNION ALL SELECT contact FROM proposal UNION ALL SELECT member FROM adviser) AS named
    WHERE named.member = person.member)"""


async def project_profiles(tx: Tx, messages: Sequence[Message[Profile]]) -> None:
    """Store the newest of these profiles; what is older than the stored one is dropped. A tombstone erases."""
    newest = {message.key: message for message in sorted(messages, key=lambda message: message.sequence)}
    rows = [_build_row(message.sequence, message.data) for message in newest.values() if message.data]
    await tx.execute(
        """
        INSERT INTO person (member, sequence, origin, residence, languages, themes, regions, branch, advises,
            given_name, family_name, organisations)
        SELECT * FROM jsonb_to_recordset($1) AS profile(
            member uuid, sequence bigint, origin text, residence text, languages text[], themes text[],
            regions text[], branch text, advises boolean, given_name text, family_name text, organisations text[])
        ORDER BY member
        ON CONFLICT (member) DO UPDATE
        SET (sequence, origin, residence, languages, themes, regions, branch, advises,
             given_name, family_name, organisations)
            = (excluded.sequence, excluded.origin, excluded.residence, excluded.languages, excluded.themes,
               excluded.regions, excluded.branch, excluded.advises,
               excluded.given_name, excluded.family_name, excluded.organisations)
        WHERE person.sequence < excluded.sequence""",
        rows,
    )
    gone = [UUID(key) for key, message in newest.items() if message.data is None]
    if gone:
        await erase_profiles(tx, gone)


async def erase_profiles(tx: Tx, members: Sequence[UUID]) -> list[UUID]:
    """Empty the profiles of these members, and take no other of them any more; also of those not known yet. Returns
    those who were known, by their ids."""
    known = await tx.fetch(
        "SELECT member FROM person WHERE member = ANY($1) AND NOT gone ORDER BY member FOR NO KEY UPDATE",
        members,
    )
    await tx.execute(
        """
        INSERT INTO person (member, sequence, gone)
        SELECT DISTINCT member, $2::bigint, true FROM unnest($1::uuid[]) AS member ORDER BY member
        ON CONFLICT (member) DO UPDATE
        SET (sequence, gone, origin, residence, languages, themes, regions, branch, advises,
             given_name, family_name, organisations)
            = ($2, true, NULL, NULL, '{}', '{}', '{}', NULL, false, '', '', '{}')
        WHERE NOT person.gone""",
        members,
        MAX_SEQUENCE,
    )
    return [row["member"] for row in known]


async def find_names(tx: Tx, members: Iterable[UUID | None]) -> dict[UUID, str]:
    """The names of those of these members who aren't gone, and whose names are known here."""
    rows = await tx.fetch(
        "SELECT member, trim(given_name || ' ' || family_name) AS name FROM person"
        " WHERE member = ANY($1) AND NOT gone AND (given_name, family_name) <> ('', '')",
        list({member for member in members if member}),
    )
    return {row["member"]: row["name"] for row in rows}


async def is_adviser(tx: Tx, member: UUID) -> bool:
    """Whether the member offers advice."""
    return bool(await tx.fetchval("SELECT advises FROM person WHERE member = $1", member))


async def find_languages(tx: Tx, member: UUID) -> list[str]:
    """The languages that a member speaks."""
    return list(await tx.fetchval("SELECT languages FROM person WHERE member = $1", member) or ())


async def find_by_family_name(tx: Tx, organisation: Slug | None, name: str) -> list[tuple[UUID, str]]:
    """The first members of an organisation, or of all, who have this family name: their ids and whole names."""
    rows = await tx.fetch(
        "SELECT member, trim(given_name || ' ' || family_name) AS name FROM person"
        " WHERE lower(family_name) = lower($1) AND NOT gone AND ($2::text IS NULL OR $2 = ANY(organisations))"
        " ORDER BY name, member LIMIT $3",
        name,
        organisation,
        FOUND,
    )
    return [(row["member"], row["name"]) for row in rows]


async def lock_members(tx: Tx, members: Sequence[UUID]) -> None:
    """Lock these members against erasure while `tx` lasts. Raises `NotFound` unless all are known.

    Persons are locked before anything else, in the order of their ids.
    """
    rows = await tx.fetch(
        "SELECT member FROM person WHERE member = ANY($1) AND NOT gone ORDER BY member FOR SHARE", members
    )
    if len(rows) < len(set(members)):
        raise unknown_member()


def unknown_member() -> NotFound:
    return NotFound("member-unknown", "No member with such an id is known here.")


def _build_row(sequence: int, profile: Profile) -> dict[str, Any]:
    return {
        "member": str(profile.member),
        "sequence": sequence,
        "origin": profile.origin,
        "residence": profile.residence,
        "languages": list(dict.fromkeys((*profile.languages, profile.language))),
        "themes": profile.themes,
        "regions": profile.regions,
        "branch": profile.branch,
        "advises": profile.advises,
        "given_name": profile.given_name,
        "family_name": profile.family_name,
        "organisations": sorted({each.organisation for each in profile.affiliations}),
    }
