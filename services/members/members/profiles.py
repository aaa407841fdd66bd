"""Members as others know them: profiles, the public form, and finding one by the id in an office's own list."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.members.members.audience_ids import AudienceIds
from services.members.organisations import organisations
from shared.contracts import catalogue
from shared.contracts.members import Affiliation, Member, Profile, PublicAffiliation
from shared.contracts.model import Contract
from shared.contracts.refusals import NotFound
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest


class MemberIds(Contract):
    """A member by ids only."""

    member: UUID
    public_id: UUID


async def read_profile(tx: Tx, audience_ids: AudienceIds, member: UUID) -> Profile:
    """All that is known of one member. Raises `NotFound`."""
    found = await read_profiles(tx, audience_ids, [member])
    if not found:
        raise NotFound("member-unknown", "No member has this id.")
    return found[0][0]


async def read_profiles(
    tx: Tx, audience_ids: AudienceIds, members: Sequence[UUID]
) -> list[tuple[Profile, int]]:
    """The profiles of these members with their versions, in the order of their ids."""
    rows = await tx.fetch("SELECT * FROM member WHERE member = ANY($1) ORDER BY member", members)
    held = await tx.fetch("SELECT * FROM affiliation WHERE member = ANY($1) ORDER BY id", members)
    affiliations: dict[UUID, list[Affiliation]] = {}
    for row in held:
        affiliations.setdefault(row["member"], []).append(_build_affiliation(audience_ids, row))
    return [
        (_build_profile(audience_ids, row, affiliations.get(row["member"], [])), row["version"])
        for row in rows
    ]


async def list_members(
    tx: Tx, audience_ids: AudienceIds, organisation: str, reference: str | None, paging: PageRequest
) -> Page[MemberIds]:
    """The organisation's members by their ids; with `reference` those with this id in its own list.

    Raises `NotFound` for an unknown organisation.
    """
    await organisations.require_organisation(tx, organisation)
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
    found = [MemberIds(member=member, public_id=audience_ids.public_id(member)) for member in members]
    return paging.build_page(found, [[member] for member in members])


def build_public_form(profile: Profile) -> Member:
    """What the world may know of a member."""
    programmes = dict.fromkeys((a.organisation, a.programme) for a in profile.affiliations)
    return Member(
        public_id=profile.public_id,
        affiliations=tuple(PublicAffiliation(organisation=o, programme=p) for o, p in programmes),
    )


async def publish_members(
    tx: Tx, audience_ids: AudienceIds, new: Sequence[UUID], changed: Sequence[UUID]
) -> None:
    """Publish the profile and the public form of members who are new, and of those who changed."""
    if changed:
        await tx.execute("UPDATE member SET version = version + 1 WHERE member = ANY($1)", changed)
    messages = await build_messages(tx, [*new, *changed], audience_ids)
    if messages:
        await outbox.put_all(tx, messages)


async def build_messages(tx: Tx, members: Sequence[UUID], audience_ids: AudienceIds) -> Sequence[Outgoing]:
    """The messages that publish the profiles and the public forms of these members as they are."""
    messages: list[Outgoing] = []
    for profile, version in await read_profiles(tx, audience_ids, members):
        key, public_key = str(profile.member), str(profile.public_id)
        type = "MemberJoined" if version == 1 else "MemberChanged"
        messages.append(Outgoing(catalogue.PROFILE, key, type, version, profile))
        messages.append(
            Outgoing(catalogue.MEMBER, public_key, "MemberJoined", version, build_public_form(profile))
        )
    return messages


def _build_affiliation(audience_ids: AudienceIds, row: asyncpg.Record) -> Affiliation:
    values: dict[str, Any] = dict(row)
    return Affiliation(
        **values, organisation_id=audience_ids.organisation_id(row["organisation"], row["member"])
    )


def _build_profile(
    audience_ids: AudienceIds, row: asyncpg.Record, affiliations: Sequence[Affiliation]
) -> Profile:
    values: dict[str, Any] = dict(row)
    return Profile(
        **values, public_id=audience_ids.public_id(row["member"]), affiliations=tuple(affiliations)
    )
