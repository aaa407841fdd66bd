"""Duplicate candidates as an organisation compares them: what it knows of the two, side by side."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from services.members.duplicates.duplicates import DuplicateCandidate
from shared.contracts.model import Slug
from shared.postgres.pool import Tx

_FIND = "SELECT * FROM member WHERE member = ANY($1)"
_FIND_AFFILIATIONS = """
SELECT member, programme, cohort, reference FROM affiliation
WHERE organisation = $1 AND member = ANY($2) ORDER BY id"""


@dataclass(frozen=True, slots=True)
class ComparedMember:
    """What the organisation knows of one of the two."""

    member: UUID
    name: str
    email: str
    residence: str | None
    origin: str | None
    joined_at: datetime
    programmes: Sequence[Slug]
    cohorts: Sequence[int]
    references: Sequence[str]
    namesakes: int


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """Two members who may be one person."""

    duplicate: UUID
    score: int
    band: Literal["suggest", "review"]
    one: ComparedMember
    other: ComparedMember


async def compare_pairs(
    tx: Tx, organisation: Slug, candidates: Sequence[DuplicateCandidate]
) -> list[ComparedPair]:
    """These pairs, of whom both are members of the organisation."""
    sides = {side.member: side.namesakes for pair in candidates for side in (pair.one, pair.other)}
    held = defaultdict(list)
    for row in await tx.fetch(_FIND_AFFILIATIONS, organisation, list(sides)):
        held[row["member"]].append(row)

    rows = await tx.fetch(_FIND, list(sides))
    found = {row["member"]: _build_member(row, held[row["member"]], sides[row["member"]]) for row in rows}
    return [
        ComparedPair(pair.duplicate, pair.score, pair.band, found[pair.one.member], found[pair.other.member])
        for pair in candidates
    ]


def _build_member(row: asyncpg.Record, held: Sequence[asyncpg.Record], namesakes: int) -> ComparedMember:
    def list_known(what: str) -> list[Any]:
        return list(dict.fromkeys(one[what] for one in held if one[what] is not None))

    return ComparedMember(
        row["member"],
        f"{row['given_name']} {row['family_name']}".strip(),
        row["email"],
        row["residence"],
        row["origin"],
        row["joined_at"],
        programmes=list_known("programme"),
        cohorts=list_known("cohort"),
        references=list_known("reference"),
        namesakes=namesakes,
    )
