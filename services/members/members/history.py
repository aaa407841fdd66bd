"""What changed of a member's profile, when and by whom: fields by their names, never their values."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

from shared.postgres.pool import Tx

SHOWN = 50
AFFILIATION = "affiliation"
EMAIL = "email"


class ProfileChange(NamedTuple):
    """One change; `organisation` is the one that made it, None for the member."""

    at: datetime
    organisation: str | None
    fields: Sequence[str]


async def note_own_change(tx: Tx, member: UUID, fields: Collection[str]) -> None:
    """The member has changed these fields."""
    await tx.execute(
        "INSERT INTO profile_change (change, member, fields) VALUES ($1, $2, $3)",
        uuid7(),
        member,
        sorted(fields),
    )


async def note_changes(tx: Tx, changed: Collection[tuple[UUID, str, Collection[str]]]) -> None:
    """Organisations (member, organisation, fields) have changed what is known of members."""
    await tx.copy_records_to_table(
        "profile_change",
        columns=("change", "member", "organisation", "fields"),
        records=[(uuid7(), member, organisation, sorted(fields)) for member, organisation, fields in changed],
    )


async def list_changes(tx: Tx, member: UUID) -> Sequence[ProfileChange]:
    """The last SHOWN changes, the newest first."""
    rows = await tx.fetch(
        "SELECT at, organisation, fields FROM profile_change WHERE member = $1 ORDER BY change DESC LIMIT $2",
        member,
        SHOWN,
    )
    return [ProfileChange(row["at"], row["organisation"], row["fields"]) for row in rows]
