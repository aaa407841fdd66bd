"""Duplicate candidates: pairs of members who may be one person, shown to people, decided by people."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import asyncpg
from pydantic import Field

from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.commands import Command
from shared.runtime.paging import Page, PageRequest


class CandidateMember(Contract):
    """One of the two, by id, and the organisations that know them."""

    member: UUID
    organisations: tuple[Slug, ...]


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


async def list_duplicates(tx: Tx, paging: PageRequest) -> Page[DuplicateCandidate]:
    """The pairs that nobody has decided on, the likeliest first."""
    score, after = paging.cursor_parts(int, UUID)
    rows = await tx.fetch(
        """
        SELECT * FROM duplicate_candidate
        WHERE decision IS NULL AND ($1::int8 IS NULL OR score < $1 OR (score = $1 AND duplicate > $2::uuid))
        ORDER BY score DESC, duplicate LIMIT $3""",
        score,
        after,
        paging.limit + 1,
    )
    known = await _load_organisations(tx, [row[side] for row in rows for side in ("one", "other")])
    found = [_build_candidate(row, known) for row in rows]
    return paging.build_page(found, [[pair.score, pair.duplicate] for pair in found])


async def decide_duplicate(tx: Tx, duplicate: UUID, command: DecideDuplicate) -> DuplicateDecision:
    """Remember what a person decided; the last decision holds. Raises `NotFound`."""
    changed = await tx.fetchval(
        "UPDATE duplicate_candidate SET decision = $2, decided_at = now() WHERE duplicate = $1 RETURNING duplicate",
        duplicate,
        command.decision,
    )
    if changed is None:
        raise NotFound("duplicate-unknown", "No pair has this id.")
    return DuplicateDecision(duplicate=duplicate, decision=command.decision)


async def _load_organisations(tx: Tx, members: Sequence[UUID]) -> dict[UUID, list[str]]:
    rows = await tx.fetch(
        "SELECT DISTINCT member, organisation FROM affiliation WHERE member = ANY($1) ORDER BY 1, 2", members
    )
    found: dict[UUID, list[str]] = {}
    for row in rows:
        found.setdefault(row["member"], []).append(row["organisation"])
    return found


def _build_candidate(row: asyncpg.Record, organisations: dict[UUID, list[str]]) -> DuplicateCandidate:
    sides = {
        side: CandidateMember(member=row[side], organisations=tuple(organisations.get(row[side], ())))
        for side in ("one", "other")
    }
    reasons = tuple(ScoreReason(**reason) for reason in row["reasons"])
    return DuplicateCandidate(
        duplicate=row["duplicate"], score=row["score"], band=row["band"], reasons=reasons, **sides
    )
