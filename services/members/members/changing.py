"""Changing a profile: what a member says of themselves."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field

from services.members.members import history, profiles, suggestions
from services.members.members.audience_ids import AudienceIds
from services.members.members.stating import COMPARED, compare_again
from shared.access.principal import Principal
from shared.contracts.members import OrganisationKind, Profile
from shared.contracts.model import Slug
from shared.contracts.refusals import Invalid, NotFound
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, OptionalName, Plain
from shared.runtime.vocabulary_types import KnownCountry, KnownLanguage, KnownRegion, Theme


class ChangeProfile(Command):
    """What a member changes; a field that isn't named stays as it is."""

    given_name: OptionalName = ""
    family_name: OptionalName = ""
    language: KnownLanguage = "en"
    origin: KnownCountry | None = None
    residence: KnownCountry | None = None
    posting: Slug | None = None
    languages: list[KnownLanguage] = Field(default=[], max_length=30)
    themes: list[Theme] = Field(default=[], max_length=30)
    regions: list[KnownRegion] = Field(default=[], max_length=30)
    branch: Plain | None = None
    advises: bool = False


FIELDS = tuple(ChangeProfile.model_fields)
_UPDATE = f"""
UPDATE member SET ({", ".join(FIELDS)}) = ({", ".join(f"${place}" for place in range(2, len(FIELDS) + 2))})
WHERE member = $1"""


async def change_profile(
    tx: Tx, asker: Principal, audience_ids: AudienceIds, member: UUID, command: ChangeProfile
) -> Profile:
    """Change one's own profile; `MemberChanged` goes out, unless it stays as it was.

    Raises `NotFound` for another member, `Invalid` for a profile without a name, or with a posting at no mission.
    """
    row = await lock_own(tx, asker, member)
    changed = _find_changes(row, command)
    if changed:
        await _require_possible(tx, row, changed)
        await tx.execute(_UPDATE, member, *(changed.get(name, row[name]) for name in FIELDS))
        if not COMPARED.isdisjoint(changed):
            await compare_again(tx, [member])
        await suggestions.drop_met(tx, member, {**row, **changed})
        await history.note_own_change(tx, member, changed)
        await profiles.publish_members(tx, audience_ids, new=(), changed=[member])
    [(profile, _)] = await profiles.read_profiles(tx, audience_ids, [member])
    return profile


async def lock_own(tx: Tx, asker: Principal, member: UUID) -> asyncpg.Record:
    """The asker's own row, locked. Raises `NotFound` for another member's."""
    row = None
    if asker.member == member:
        row = await tx.fetchrow("SELECT * FROM member WHERE member = $1 FOR NO KEY UPDATE", member)
    if row is None:
        raise NotFound("member-unknown", "No member has this id.")
    return row


def _find_changes(row: asyncpg.Record, command: ChangeProfile) -> Mapping[str, Any]:
    """Fields that are named and differ; of several terms the order means nothing."""
    named = {name: getattr(command, name) for name in command.model_fields_set}
    wanted = {
        name: list(dict.fromkeys(value)) if isinstance(value, list) else value
        for name, value in named.items()
    }
    return {name: value for name, value in wanted.items() if _sort(value) != _sort(row[name])}


def _sort(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


async def _require_possible(tx: Tx, row: asyncpg.Record, changed: Mapping[str, Any]) -> None:
    if not any(changed.get(name, row[name]) for name in ("given_name", "family_name")):
        raise Invalid("name-missing", "A given or a family name is needed.")
    posting = changed.get("posting")
    if posting is not None and not await tx.fetchval(
        "SELECT true FROM organisation WHERE organisation = $1 AND kind = $2",
        posting,
        OrganisationKind.MISSION,
    ):
        raise Invalid("posting-unknown", "No mission has this name.")
