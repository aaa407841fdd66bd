"""Members as the services know them: profiles, and finding one by the id in an office's own list."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.members.members.audience_ids import AudienceIds
from shared.access.principal import Principal
from shared.contracts import catalogue
from shared.contracts.members import Affiliation, Profile
from shared.contracts.model import Contract
from shared.contracts.refusals import NotFound
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest


class ListedMember(Contract):
    """A member by the id only."""

    member: UUID


async def read_seen(tx: Tx, asker: Principal, audience_ids: AudienceIds, member: UUID) -> Profile:
    """One member as the asker may see them: oneself whole; a coordinator sees those of their own organisations, without
    what others know of them. Raises `NotFound`."""
    found = await read_profiles(tx, audience_ids, [member])
    profile = found[0][0] if found else None
    if profile and asker.member == member:
        return profile
    theirs = (
        tuple(each for each in profile.affiliations if asker.coordinates(each.organisation))
        if profile
        else ()
    )
    if profile is None or not theirs:
        raise NotFound("member-unknown", "No member has this id.")
    return profile.model_copy(update={"affiliations": theirs})


async def read_profiles(
    tx: Tx, audience_ids: AudienceIds, members: Sequence[UUID]
) -> list[tuple[Profile, int]]:
    """The profiles of these members with their versions, in the order of their ids."""
    rows = await tx.fetch("SELECT * FROM member WHERE member = ANY($1) ORDER BY member", members)
    held = await tx.fetch("SELECT * FROM affiliation WHERE member = ANY($1) ORDER BY id", members)
    affiliations: dict[UUID, list[Affiliation]] = {}
    for row in held:
        affiliations.setdefault(row["member"], []).append(_build_affiliation(audience_ids, row))
    return [(_build_profile(row, affiliations.get(row["member"], [])), row["version"]) for row in rows]


async def list_members(
    tx: Tx, asker: Principal, organisation: str, reference: str | None, paging: PageRequest
) -> Page[ListedMember]:
    """The organisation's members by their ids; with `reference` those with this id in its own list.

    Raises `Forbidden` for an organisation that the asker doesn't coordinate.
    """
    asker.require_coordinator(organisation)
    rows = await tx.fetch(
        """
        SELECT DISTINCT member FROM affiliation
        WHERE organisation = $1 AND ($2::text IS NULL OR reference = $2) AND ($3::uuid IS NULL OR member > $3)
        ORDER BY member LIMIT $4""",
        organisation,
        reference,
        paging.cursor_parts(UUID)[0],
        paging.limit + 1,
    )
    members: list[UUID] = [row["member"] for row in rows]
    return paging.build_page([ListedMember(member=member) for member in members], [[m] for m in members])


async def publish_members(
    tx: Tx, audience_ids: AudienceIds, new: Sequence[UUID], changed: Sequence[UUID]
) -> None:
    """Publish the profiles of members who are new, and of those who changed."""
    if changed:
        await tx.execute("UPDATE member SET version = version + 1 WHERE member = ANY($1)", changed)
    messages = await build_messages(tx, [*new, *changed], audience_ids)
    if messages:
        await outbox.put_all(tx, messages)


async def build_messages(tx: Tx, members: Sequence[UUID], audience_ids: AudienceIds) -> Sequence[Outgoing]:
    """The messages that publish the profiles of these members as they are."""
    return [
        Outgoing(
            catalogue.PROFILE,
            str(profile.member),
            "MemberJoined" if version == 1 else "MemberChanged",
            version,
            profile,
        )
        for profile, version in await read_profiles(tx, audience_ids, members)
    ]


def _build_affiliation(audience_ids: AudienceIds, row: asyncpg.Record) -> Affiliation:
    values: dict[str, Any] = dict(row)
    return Affiliation(
        **values, organisation_id=audience_ids.organisation_id(row["organisation"], row["member"])
    )


def _build_profile(row: asyncpg.Record, affiliations: Sequence[Affiliation]) -> Profile:
    values: dict[str, Any] = dict(row)
    return Profile(**values, affiliations=tuple(affiliations))
