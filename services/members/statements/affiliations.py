"""An organisation's coordinators change or end what their organisation says of its own affiliations."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

import asyncpg
from pydantic import Field

from services.members.members import history, joining, profiles, publications, suggestions
from services.members.members.audience_ids import AudienceIds
from shared.access.principal import Principal
from shared.contracts.members import Role
from shared.contracts.model import Slug
from shared.contracts.refusals import NotFound, Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Reference

FIELDS = ("role", "programme", "cohort", "completed_on", "reference")

_FIND = "SELECT * FROM affiliation WHERE id = $1 AND organisation = $2 AND member = $3"
_IS_KNOWN = """
SELECT true FROM affiliation
WHERE member = $1 AND organisation = $2 AND role = $3 AND programme IS NOT DISTINCT FROM $4 AND id <> $5"""


class AffiliationPath(NamedTuple):
    """Which affiliation, by its own id, of whom to which organisation."""

    organisation: Slug
    member: UUID
    affiliation: int


class ChangeAffiliation(Command):
    """What a member is to the organisation; what is empty isn't known."""

    role: Role
    programme: Slug | None = None
    cohort: int | None = Field(None, ge=1950, le=2100)
    completed_on: date | None = None
    reference: Reference | None = None


async def find_affiliation(tx: Tx, which: AffiliationPath) -> asyncpg.Record:
    """What is known of it. Raises `NotFound` for one that isn't the organisation's, or the member's."""
    row = await tx.fetchrow(_FIND, which.affiliation, which.organisation, which.member)
    if row is None:
        raise NotFound("affiliation-unknown", "There is no such affiliation.")
    return row


async def change_affiliation(
    tx: Tx, asker: Principal, audience_ids: AudienceIds, which: AffiliationPath, command: ChangeAffiliation
) -> None:
    """Change what the organisation says of its affiliation; `MemberChanged` goes out, unless it stays as it was.

    Raises `Forbidden` for an organisation that the asker doesn't coordinate, `NotFound`, and `Refused` for years that
    can't be, an unknown programme, or what the member is to the organisation already.
    """
    row = await _lock_affiliation(tx, asker, which)
    joining.require_possible(command.cohort, command.completed_on)
    said = command.model_dump()
    if all(row[name] == said[name] for name in FIELDS):
        return
    await joining.require_programmes(tx, {(which.organisation, command.programme)})
    if await tx.fetchval(
        _IS_KNOWN, which.member, which.organisation, command.role, command.programme, row["id"]
    ):
        raise Refused("affiliation-known", "The member is this to the organisation already.")
    await tx.execute(
        "UPDATE affiliation SET (role, programme, cohort, completed_on, reference) = ($2, $3, $4, $5, $6)"
        " WHERE id = $1",
        row["id"],
        *(said[name] for name in FIELDS),
    )
    await _tell(tx, audience_ids, which, is_public=row["programme"] != command.programme)


async def end_affiliation(
    tx: Tx, asker: Principal, audience_ids: AudienceIds, which: AffiliationPath
) -> None:
    """The member is this to the organisation no more; a member they stay. `MemberChanged` goes out.

    Raises `Forbidden` and `NotFound` as `change_affiliation` does.
    """
    row = await _lock_affiliation(tx, asker, which)
    await tx.execute("DELETE FROM affiliation WHERE id = $1", row["id"])
    if not await is_affiliated(tx, which.organisation, which.member):
        await suggestions.forget_organisation(tx, which.member, which.organisation)
    await _tell(tx, audience_ids, which, is_public=True)


async def is_affiliated(tx: Tx, organisation: Slug, member: UUID) -> bool:
    """Whether the member belongs to the organisation."""
    return bool(
        await tx.fetchval(
            "SELECT EXISTS (SELECT FROM affiliation WHERE member = $1 AND organisation = $2)",
            member,
            organisation,
        )
    )


async def _lock_affiliation(tx: Tx, asker: Principal, which: AffiliationPath) -> asyncpg.Record:
    asker.require_coordinator(which.organisation)
    await tx.execute("SELECT FROM member WHERE member = $1 FOR NO KEY UPDATE", which.member)
    return await find_affiliation(tx, which)


async def _tell(tx: Tx, audience_ids: AudienceIds, which: AffiliationPath, *, is_public: bool) -> None:
    await history.note_changes(tx, [(which.member, which.organisation, [history.AFFILIATION])])
    await profiles.publish_members(tx, audience_ids, new=(), changed=[which.member])
    if is_public:
        await publications.mark_due(tx, [which.member])
