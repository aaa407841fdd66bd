"""Publications: what the world was told of each member last, and of whom it is due to hear anew."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.members.members.audience_ids import AudienceIds
from services.members.members.rules import DueMember, PublicForm, find_views
from shared.contracts import catalogue
from shared.contracts.members import Member, PublicAffiliation
from shared.messaging import outbox
from shared.messaging.outbox import Outgoing
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin

PAGE = 500
WORKER = "releases"

_FORM = """(
    SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_array(organisation, programme)), '[]') FROM affiliation a
    WHERE a.member = m.member)"""
_DUE = f"""
SELECT p.place, m.member, m.version, p.affiliations AS before, {_FORM} AS after
FROM publication p JOIN member m USING (member)
WHERE p.due AND {can_begin(WORKER, "p.member")} AND ($1::uuid IS NULL OR p.place > $1) ORDER BY p.place LIMIT $2"""
_LOCK = "SELECT member FROM publication WHERE member = ANY($1) AND due FOR UPDATE SKIP LOCKED"
_TELL = f"""
WITH told AS MATERIALIZED (
    SELECT m.member, {_FORM} AS affiliations
    FROM unnest($1::uuid[], $2::bigint[]) AS chosen(member, version) JOIN member m USING (member, version))
UPDATE publication p SET due = false, affiliations = told.affiliations,
       version = before.version + (before.affiliations IS DISTINCT FROM told.affiliations)::int
FROM told JOIN publication before USING (member)
WHERE p.member = told.member
RETURNING p.*, before.version < p.version AS changed"""


async def mark_due(tx: Tx, members: Collection[UUID]) -> None:
    """What the world may know of these members may have changed: a release will tell."""
    await tx.execute(
        "INSERT INTO publication (member) SELECT member FROM unnest($1::uuid[]) AS member ORDER BY member"
        " ON CONFLICT (member) DO UPDATE SET due = true",
        members,
    )


async def read_due(tx: Tx) -> list[DueMember]:
    """All of whom the world is due to hear anew, in the order in which it will; but for whom it can't be told of."""
    found: list[DueMember] = []
    after: UUID | None = None
    while rows := await tx.fetch(_DUE, after, PAGE):
        after = rows[-1]["place"]
        found += [
            DueMember(
                row["member"], row["version"], find_views(_freeze(row["before"]), _freeze(row["after"]))
            )
            for row in rows
        ]
    return found


async def publish_members(tx: Tx, audience_ids: AudienceIds, chosen: Mapping[UUID, int]) -> int:
    """Tell the world of these members (member → version of the profile), and return of how many there was something
    to tell. Who changed since is due as before."""
    locked = [row["member"] for row in await tx.fetch(_LOCK, list(chosen))]
    told = await tx.fetch(_TELL, locked, [chosen[member] for member in locked])
    changed = sorted((row for row in told if row["changed"]), key=lambda row: row["place"])
    await outbox.put_all(tx, [_build_message(audience_ids, row) for row in changed])
    return len(changed)


async def lock_page(tx: Tx, after: Any, size: int) -> Sequence[UUID]:
    """Lock the next publications behind this place; returns their places."""
    rows = await tx.fetch(
        "SELECT place FROM publication WHERE $1::uuid IS NULL OR place > $1 ORDER BY place LIMIT $2 FOR SHARE",
        after,
        size,
    )
    return [row["place"] for row in rows]


async def build_messages(tx: Tx, places: Sequence[UUID], audience_ids: AudienceIds) -> Sequence[Outgoing]:
    """What the world was told last of the members at these places."""
    rows = await tx.fetch(
        "SELECT * FROM publication WHERE place = ANY($1) AND version > 0 ORDER BY place", places
    )
    return [_build_message(audience_ids, row) for row in rows]


async def find_untold(tx: Tx, places: Sequence[UUID], audience_ids: AudienceIds) -> Collection[str]:
    """The public ids of those at these places of whom the world wasn't told yet."""
    rows = await tx.fetch("SELECT member FROM publication WHERE place = ANY($1) AND version = 0", places)
    return [str(audience_ids.public_id(row["member"])) for row in rows]


def _build_message(audience_ids: AudienceIds, row: asyncpg.Record) -> Outgoing:
    public_id = audience_ids.public_id(row["member"])
    affiliations = tuple(
        PublicAffiliation(organisation=organisation, programme=programme)
        for organisation, programme in row["affiliations"]
    )
    form = Member(public_id=public_id, affiliations=affiliations)
    return Outgoing(catalogue.MEMBER, str(public_id), "MemberJoined", row["version"], form)


def _freeze(affiliations: list[list[str | None]] | None) -> PublicForm | None:
    return None if affiliations is None else tuple((str(o), programme) for o, programme in affiliations)
