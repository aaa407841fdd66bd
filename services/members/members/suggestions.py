"""Suggestions: what organisations would have a profile say, until the member takes or declines it."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

from services.members.members.statements import is_met
from shared.postgres.pool import Tx

# A value that is suggested again stays as it is: also declined.
_PUT = """
INSERT INTO suggestion (suggestion, member, organisation, field, value)
SELECT said.suggestion, member, organisation, field, said.value::jsonb
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[])
    AS said(suggestion, member, organisation, field, value)
ORDER BY member, organisation, field
ON CONFLICT (member, organisation, field) DO UPDATE
SET (suggestion, value, at, declined_at) = (excluded.suggestion, excluded.value, now(), NULL)
WHERE suggestion.value <> excluded.value"""


class SuggestionKey(NamedTuple):
    """There is one suggestion for each."""

    member: UUID
    organisation: str
    field: str


class Suggestion(NamedTuple):
    """What an organisation suggests, and since when; `declined_at` if the member has declined it."""

    suggestion: UUID
    organisation: str
    field: str
    value: Any
    at: datetime
    declined_at: datetime | None


async def put_suggestions(tx: Tx, suggested: Mapping[SuggestionKey, Any]) -> None:
    """Suggest these values, unless they are suggested already or were declined."""
    if suggested:
        keys = [list(column) for column in zip(*suggested, strict=True)]
        await tx.execute(
            _PUT, [uuid7() for _ in suggested], *keys, [json.dumps(value) for value in suggested.values()]
        )


async def load_values(
    tx: Tx, members: Sequence[UUID], organisations: Collection[str]
) -> dict[SuggestionKey, Any]:
    """What these organisations suggest, or suggested and was declined, to these members."""
    rows = await tx.fetch(
        "SELECT member, organisation, field, value FROM suggestion"
        " WHERE member = ANY($1) AND organisation = ANY($2)",
        members,
        list(organisations),
    )
    return {SuggestionKey(*key): value for *key, value in rows}


async def list_suggestions(tx: Tx, member: UUID, organisation: str | None = None) -> Sequence[Suggestion]:
    """What is suggested to a member, or was and is declined, by one organisation or all; the newest first."""
    rows = await tx.fetch(
        """
        SELECT suggestion, organisation, field, value, at, declined_at FROM suggestion
        WHERE member = $1 AND ($2::text IS NULL OR organisation = $2) ORDER BY at DESC, organisation, field""",
        member,
        organisation,
    )
    return [Suggestion(*row) for row in rows]


async def list_open(tx: Tx, member: UUID) -> Sequence[Suggestion]:
    """What waits for the member's answer, the newest first."""
    return [each for each in await list_suggestions(tx, member) if each.declined_at is None]


async def find_open(tx: Tx, member: UUID, suggestion: UUID) -> Suggestion | None:
    """A suggestion that waits for the member's answer."""
    return next((each for each in await list_open(tx, member) if each.suggestion == suggestion), None)


async def drop_met(tx: Tx, member: UUID, profile: Mapping[str, Any]) -> None:
    """Forget suggestions that the profile meets."""
    listed = await list_suggestions(tx, member)
    met = [each.suggestion for each in listed if is_met(profile, each.field, each.value)]
    if met:
        await drop_suggestions(tx, member, met)


async def drop_suggestions(tx: Tx, member: UUID, which: Sequence[UUID]) -> None:
    """Forget these suggestions to the member."""
    await tx.execute("DELETE FROM suggestion WHERE member = $1 AND suggestion = ANY($2)", member, which)


async def decline_suggestion(tx: Tx, member: UUID, suggestion: UUID) -> None:
    """Remember that the member declined it."""
    await tx.execute(
        "UPDATE suggestion SET declined_at = now() WHERE member = $1 AND suggestion = $2", member, suggestion
    )


async def forget_organisation(tx: Tx, member: UUID, organisation: str) -> None:
    """Forget what an organisation suggested, to which the member belongs no more."""
    await tx.execute("DELETE FROM suggestion WHERE member = $1 AND organisation = $2", member, organisation)
