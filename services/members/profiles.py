"""Members and what they are to each organisation: joining, alone or many at once."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field, field_validator
from uuid_utils.compat import uuid7

from services.members import rules
from services.members.identities import Identities
from services.members.rules import Belonging
from shared.contracts import catalogue
from shared.contracts.members import Affiliation, Member, Profile, PublicAffiliation, Role
from shared.contracts.model import Contract, Country, Language, Slug
from shared.contracts.refusals import NotFound, Refused
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Line


class Join(Command):
    """Someone whom an organisation knows: the person, and what they are to it."""

    given_name: Line
    family_name: Line
    email: Line
    language: Language = "en"
    origin: Country | None = None
    residence: Country | None = None
    posting: Slug | None = None
    languages: list[Language] = Field(default=[], max_length=30)
    themes: list[Slug] = Field(default=[], max_length=30)
    regions: list[Slug] = Field(default=[], max_length=30)
    branch: Line | None = None
    advises: bool = False
    organisation: Slug
    programme: Slug | None = None
    role: Role = Role.ALUMNUS
    cohort: int | None = Field(None, ge=1950, le=2100)
    reference: Line | None = None
    invite: bool = Field(False, description="send one invitation; without it joining is silent")

    @field_validator("email")
    @classmethod
    def _is_address(cls, value: str) -> str:
        rules.email_key(value)
        return value

    @property
    def email_key(self) -> str:
        return rules.email_key(self.email)

    @property
    def belonging(self) -> Belonging:
        return Belonging(self.organisation, self.programme, self.role)


class Outcome(StrEnum):
    """What joining did."""

    JOINED = "joined"
    AFFILIATED = "affiliated"
    UNCHANGED = "unchanged"


class Joined(Contract):
    """Who it is, by ids only."""

    member: UUID
    public_id: UUID
    outcome: Outcome


async def join(tx: Tx, identities: Identities, command: Join) -> Joined:
    """Make a member, or where the e-mail is known already an affiliation of one. See `join_all`."""
    return (await join_all(tx, identities, [command]))[0]


async def join_all(tx: Tx, identities: Identities, commands: Sequence[Join]) -> list[Joined]:
    """What became of each command, in their order. `MemberJoined` and `MemberChanged` go out.

    Raises `Refused` if one names an unknown organisation or programme; then nothing was done.
    """
    await _require_programmes(tx, {(c.organisation, c.programme) for c in commands})
    keys = [c.email_key for c in commands]
    await _lock(tx, keys)
    by_key = {row["email_key"]: row["member"] for row in await _known(tx, keys)}
    held = await _belongings(tx, list(by_key.values()))
    outcomes: list[Joined] = []
    new: list[tuple[UUID, Join]] = []
    added: list[tuple[UUID, Join]] = []
    for key, command in zip(keys, commands, strict=True):
        outcome = Outcome.JOINED if key not in by_key else Outcome.AFFILIATED
        member = by_key.setdefault(key, uuid7())
        belongings = held.setdefault(member, set())
        if command.belonging in belongings:
            outcome = Outcome.UNCHANGED
        else:
            belongings.add(command.belonging)
            added.append((member, command))
        if outcome is Outcome.JOINED:
            new.append((member, command))
        outcomes.append(Joined(member=member, public_id=identities.public(member), outcome=outcome))
    await _insert_members(tx, new)
    await _insert_affiliations(tx, added)
    await _announce(tx, identities, [m for m, _ in new], {m for m, _ in added} - {m for m, _ in new})
    return outcomes


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


def public(whole: Profile) -> Member:
    """What the world may know of a member."""
    programmes = dict.fromkeys((a.organisation, a.programme) for a in whole.affiliations)
    return Member(
        public_id=whole.public_id,
        affiliations=tuple(PublicAffiliation(organisation=o, programme=p) for o, p in programmes),
    )


async def _announce(tx: Tx, identities: Identities, new: Sequence[UUID], changed: set[UUID]) -> None:
    await tx.execute("UPDATE member SET version = version + 1 WHERE member = ANY($1)", list(changed))
    types = dict.fromkeys(new, "MemberJoined") | dict.fromkeys(changed, "MemberChanged")
    messages: list[Outgoing] = []
    for whole, version in await profiles(tx, identities, list(types)):
        key, public_key = str(whole.member), str(whole.public_id)
        messages.append(Outgoing(catalogue.PROFILE, key, types[whole.member], version, whole))
        messages.append(Outgoing(catalogue.MEMBER, public_key, "MemberJoined", version, public(whole)))
    if messages:
        await outbox.put_all(tx, messages)


async def _lock(tx: Tx, keys: Sequence[str]) -> None:
    await tx.execute(
        "SELECT pg_advisory_xact_lock(h) FROM"
        " (SELECT DISTINCT hashtextextended(k, 0) AS h FROM unnest($1::text[]) k ORDER BY 1) AS locks",
        keys,
    )


async def _known(tx: Tx, keys: Sequence[str]) -> list[asyncpg.Record]:
    return await tx.fetch(
        "SELECT member, email_key FROM member WHERE email_key = ANY($1) ORDER BY member FOR UPDATE", keys
    )


async def _belongings(tx: Tx, members: Sequence[UUID]) -> dict[UUID, set[Belonging]]:
    rows = await tx.fetch(
        "SELECT member, organisation, programme, role FROM affiliation WHERE member = ANY($1)", members
    )
    held: dict[UUID, set[Belonging]] = {}
    for row in rows:
        held.setdefault(row["member"], set()).add(
            Belonging(row["organisation"], row["programme"], row["role"])
        )
    return held


async def _require_programmes(tx: Tx, named: set[tuple[str, str | None]]) -> None:
    missing = await tx.fetch(
        """
        SELECT n.organisation, n.programme FROM unnest($1::text[], $2::text[]) AS n(organisation, programme)
        LEFT JOIN organisation o USING (organisation) LEFT JOIN programme p USING (organisation, programme)
        WHERE o.organisation IS NULL OR (n.programme IS NOT NULL AND p.programme IS NULL)""",
        [organisation for organisation, _ in named],
        [programme for _, programme in named],
    )
    if missing:
        raise Refused("programme-unknown", "The organisation, or its programme, is not known here.")


async def _insert_members(tx: Tx, new: Sequence[tuple[UUID, Join]]) -> None:
    if new:
        await tx.copy_records_to_table(
            "member",
            columns=_MEMBER_COLUMNS,
            records=[(m, c.email_key, *(getattr(c, name) for name in _MEMBER_COLUMNS[2:])) for m, c in new],
        )


async def _insert_affiliations(tx: Tx, added: Sequence[tuple[UUID, Join]]) -> None:
    moment: datetime = await tx.fetchval("SELECT now()")
    columns = ("member", "invited_at", "organisation", "programme", "role", "cohort", "reference")
    if added:
        await tx.copy_records_to_table(
            "affiliation",
            columns=columns,
            records=[
                (m, moment if c.invite else None, *(getattr(c, name) for name in columns[2:]))
                for m, c in added
            ],
        )


_MEMBER_COLUMNS = (
    "member",
    "email_key",
    "given_name",
    "family_name",
    "email",
    "language",
    "origin",
    "residence",
    "posting",
    "languages",
    "themes",
    "regions",
    "branch",
    "advises",
)


def _affiliation(identities: Identities, row: asyncpg.Record) -> Affiliation:
    values: dict[str, Any] = dict(row)
    return Affiliation(**values, organisation_id=identities.within(row["organisation"], row["member"]))


def _profile(identities: Identities, row: asyncpg.Record, affiliations: Sequence[Affiliation]) -> Profile:
    values: dict[str, Any] = dict(row)
    return Profile(**values, public_id=identities.public(row["member"]), affiliations=tuple(affiliations))
