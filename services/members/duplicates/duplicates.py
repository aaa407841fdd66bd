"""Duplicate candidates: pairs of members who may be one person, shown to people, decided by people."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from services.members.duplicates.blocking import WHOLE_NAME
from shared.access.principal import Principal
from shared.contracts.members import MandateRole
from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.commands import Command
from shared.runtime.paging import Page, PageRequest

MOST_NAMESAKES = 100

# Within a country and a key; who has two countries has two such keys.
_COUNT_NAMESAKES = f"""
SELECT k.member, max(same.number) AS number
FROM blocking_key k CROSS JOIN LATERAL (
    SELECT count(*) - 1 AS number FROM (
        SELECT FROM blocking_key b WHERE b.country = k.country AND b.key = k.key LIMIT $2 + 1) counted) same
WHERE k.member = ANY($1) AND starts_with(k.key, '{WHOLE_NAME}') GROUP BY k.member"""

# Both are members of one of these organisations; of all where none is named.
_SEEN = """
($1::text[] IS NULL OR (
    EXISTS (SELECT FROM affiliation WHERE member = one AND organisation = ANY($1))
    AND EXISTS (SELECT FROM affiliation WHERE member = other AND organisation = ANY($1))))"""


class CandidateMember(Contract):
    """One of the two, by id, and the organisations that know them."""

    member: UUID
    organisations: tuple[Slug, ...]
    namesakes: int = Field(
        ge=0, le=MOST_NAMESAKES, description=f"others of the same name and country; {MOST_NAMESAKES}: or more"
    )


class ScoreReason(Contract):
    """One criterion of the score."""

    criterion: Slug
    points: int
    most: int = Field(description="what this criterion can give")


class DuplicateCandidate(Contract):
    """Two members who may be one person. `suggest`: merge them; `review`: look closely."""

    duplicate: UUID
    one: CandidateMember
    other: CandidateMember
    score: int = Field(ge=0, le=100)
    band: Literal["suggest", "review"]
    reasons: tuple[ScoreReason, ...]


class DecideDuplicate(Command):
    """What a person decided on a pair; it isn't listed again."""

    decision: Literal["distinct", "same"]


class DuplicateDecision(Contract):
    """The decision that is kept now."""

    duplicate: UUID
    decision: Literal["distinct", "same"]


async def list_duplicates(tx: Tx, asker: Principal, paging: PageRequest) -> Page[DuplicateCandidate]:
    """The pairs that the asker sees and nobody has decided on, the likeliest first."""
    seen = _list_seen(asker)
    score, after = paging.cursor_parts(int, UUID)
    rows = await tx.fetch(
        f"""
        SELECT * FROM duplicate_candidate
        WHERE decision IS NULL AND ($2::int8 IS NULL OR score < $2 OR (score = $2 AND duplicate > $3::uuid)) AND {_SEEN}
        ORDER BY score DESC, duplicate LIMIT $4""",
        seen,
        score,
        after,
        paging.limit + 1,
    )
    known = await _load_members(tx, {row[side] for row in rows for side in ("one", "other")}, seen)
    found = [_build_candidate(row, known) for row in rows]
    return paging.build_page(found, [[pair.score, pair.duplicate] for pair in found])


async def decide_duplicate(
    tx: Tx, asker: Principal, duplicate: UUID, command: DecideDuplicate
) -> DuplicateDecision:
    """Remember what a person decided; the last decision holds. Raises `NotFound`."""
    changed = await tx.fetchval(
        f"""
        UPDATE duplicate_candidate SET decision = $3, decided_at = now()
        WHERE duplicate = $2 AND {_SEEN} RETURNING duplicate""",
        _list_seen(asker),
        duplicate,
        command.decision,
    )
    if changed is None:
        raise NotFound("duplicate-unknown", "No pair has this id.")
    return DuplicateDecision(duplicate=duplicate, decision=command.decision)


def _list_seen(asker: Principal) -> list[str] | None:
    """The organisations whose members the asker sees; None: all."""
    return None if asker.is_operator else sorted(asker.organisations(MandateRole.COORDINATOR))


async def _load_members(
    tx: Tx, members: Collection[UUID], seen: Sequence[str] | None
) -> dict[UUID, CandidateMember]:
    rows = await tx.fetch(
        "SELECT DISTINCT member, organisation FROM affiliation"
        " WHERE member = ANY($1) AND ($2::text[] IS NULL OR organisation = ANY($2)) ORDER BY 1, 2",
        members,
        seen,
    )
    organisations: dict[UUID, list[str]] = defaultdict(list)
    for row in rows:
        organisations[row["member"]].append(row["organisation"])
    counted = await tx.fetch(_COUNT_NAMESAKES, members, MOST_NAMESAKES)
    namesakes: dict[UUID, int] = {row["member"]: row["number"] for row in counted}
    return {
        member: CandidateMember(
            member=member, organisations=tuple(organisations[member]), namesakes=namesakes.get(member, 0)
        )
        for member in members
    }


def _build_candidate(row: asyncpg.Record, members: dict[UUID, CandidateMember]) -> DuplicateCandidate:
    return DuplicateCandidate(
        duplicate=row["duplicate"],
        one=members[row["one"]],
        other=members[row["other"]],
        score=row["score"],
        band=row["band"],
        reasons=tuple(ScoreReason(**reason) for reason in row["reasons"]),
    )
