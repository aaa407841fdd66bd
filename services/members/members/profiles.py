"""Members as others know them: profiles, the public form, and finding one by the id in an office's own list."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.members.members.audience_ids import Identities
from services.members.organisations import organisations
from shared.contracts import catalogue
from shared.contracts.members import Affiliation, Member, Profile, PublicAffiliation
from shared.contracts.model import Contract
from shared.contracts.refusals import NotFound
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest


class Found(Contract):
    """A member by ids only."""

    member: UUID
    public_id: UUID


async def profile(tx: Tx, identities: Identities, member: UUID) -> Profile:
    """All that is known of one member. Raises `NotFound`."""
    found = await profiles(tx, identities, [member])
    if not found:
        raise NotFound("member-unknown", "No member has this id.")
    return found[0][0]


async def profiles(tx: Tx, identities: Identities, members: Sequence[UUID]) -> list[tuple[Profile, int]]:
    """The profiles of these members with their versions, in the order of their ids."""
    rows = await tx.fetch("SELECT * FROM member WHERE member = ANY($1) ORDER BY member", members)
    held = await tx.fetch("SELECT * FROM affiliation WHERE member = ANY($1) ORDER BY id", members)
    affiliations: dict[UUID, list[Affiliation]] = {}
    for row in held:
        affiliations.setdefault(row["member"], []).append(_affiliation(identities, row))
    return [(_profile(identities, row, affiliations.get(row["member"], [])), row["version"]) for row in rows]


async def page(
    tx: Tx, identities: Identities, organisation: str, reference: str | None, paging: PageRequest
) -> Page[Found]:
    """The organisation's members by their ids; with `reference` those with this id in its own list.

    Raises `NotFound` for an unknown organisation.
    """
    await organisations.known(tx, organisation)
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
    found = [Found(member=member, public_id=identities.public(member)) for member in members]
    return paging.build_page(found, [[member] for member in members])


def public(whole: Profile) -> Member:
    """What the world may know of a member."""
    programmes = dict.fromkeys((a.organisation, a.programme) for a in whole.affiliations)
    return Member(
        public_id=whole.public_id,
        affiliations=tuple(PublicAffiliation(organisation=o, programme=p) for o, p in programmes),
    )


async def announce(tx: Tx, identities: Identities, new: Sequence[UUID], changed: Sequence[UUID]) -> None:
    """Send the profile and the public form of members who are new, and of those who changed."""
    if changed:
        await tx.execute("UPDATE member SET version = version + 1 WHERE member = ANY($1)", changed)
    messages = await told(tx, [*new, *changed], identities)
    if messages:
        await outbox.put_all(tx, messages)


async def told(tx: Tx, members: Sequence[UUID], identities: Identities) -> Sequence[Outgoing]:
    """The profiles and the public forms of these members as they are."""
    messages: list[Outgoing] = []
    for whole, version in await profiles(tx, identities, members):
        key, public_key = str(whole.member), str(whole.public_id)
        type = "MemberJoined" if version == 1 else "MemberChanged"
        messages.append(Outgoing(catalogue.PROFILE, key, type, version, whole))
        messages.append(Outgoing(catalogue.MEMBER, public_key, "MemberJoined", version, public(whole)))
    return messages


def _affiliation(identities: Identities, row: asyncpg.Record) -> Affiliation:
    values: dict[str, Any] = dict(row)
    return Affiliation(**values, organisation_id=identities.within(row["organisation"], row["member"]))


def _profile(identities: Identities, row: asyncpg.Record, affiliations: Sequence[Affiliation]) -> Profile:
    values: dict[str, Any] = dict(row)
    return Profile(**values, public_id=identities.public(row["member"]), affiliations=tuple(affiliations))
