"""Duplicate candidates: pairs of members who may be one person, shown to people, decided by people."""

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

import asyncpg
from pydantic import Field
from uuid_utils.compat import uuid7

from services.members.duplicates import similarity
from services.members.duplicates.similarity import Likeness, Person
from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import NotFound
from shared.postgres.pool import Tx
from shared.runtime.commands import Command
from shared.runtime.paging import Page, PageRequest

BATCH = 200
NEAR = 0.4
NOWHERE = "??"

Pair = tuple[UUID, UUID]


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


async def find_duplicates(tx: Tx) -> int:
    """Compare some newcomers with all members; returns how many. One finder at a time, and not during an import."""
    free = await tx.fetchval(
        """
        SELECT NOT EXISTS (SELECT FROM import WHERE state IN ('waiting', 'running'))
           AND pg_try_advisory_xact_lock(hashtext('members duplicates'))"""
    )
    newcomers = await _load_newcomers(tx) if free else []
    if not newcomers:
        return 0
    await _insert_sounds(tx, newcomers)
    pairs = await _find_near(tx, [person.member for person in newcomers])
    persons = {
        person.member: person for person in await _load_persons(tx, {m for pair in pairs for m in pair})
    }
    known = [pair for pair in pairs if persons.keys() >= set(pair)]
    await _insert_candidates(
        tx, [(pair, similarity.compare_persons(*(persons[member] for member in pair))) for pair in known]
    )
    await tx.execute("DELETE FROM newcomer WHERE member = ANY($1)", [person.member for person in newcomers])
    return len(newcomers)


async def _load_newcomers(tx: Tx) -> list[Person]:
    rows = await tx.fetch("SELECT member FROM newcomer ORDER BY member LIMIT $1", BATCH)
    return await _load_persons(tx, [row["member"] for row in rows])


async def _load_persons(tx: Tx, members: Iterable[UUID]) -> list[Person]:
    """What is compared of these members. They can't be erased until this transaction ends."""
    wanted = list(members)
    rows = await tx.fetch(
        """
        SELECT member, given_name || ' ' || family_name AS name, email_key, origin, residence
        FROM member WHERE member = ANY($1) ORDER BY member FOR KEY SHARE""",
        wanted,
    )
    organisations = await _load_organisations(tx, wanted)
    return [
        Person(
            member=row["member"],
            sounds=similarity.phonetic_parts(row["name"]),
            origin=row["origin"],
            residence=row["residence"],
            mailbox=similarity.phonetic_mailbox(row["email_key"]),
            organisations=frozenset(organisations.get(row["member"], ())),
        )
        for row in rows
    ]


async def _insert_sounds(tx: Tx, newcomers: Sequence[Person]) -> None:
    countries = [{p.origin, p.residence} - {None} or {NOWHERE} for p in newcomers]
    await tx.executemany(
        "INSERT INTO name_sound (member, sound, countries) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [(p.member, " ".join(p.sounds), list(c)) for p, c in zip(newcomers, countries, strict=True)],
    )


async def _find_near(tx: Tx, members: Sequence[UUID]) -> list[Pair]:
    """Pairs of these with any member of a near name and a country in common, each once."""
    await tx.execute("SELECT set_config('pg_trgm.similarity_threshold', $1, true)", str(NEAR))
    rows = await tx.fetch(
        """
        SELECT DISTINCT least(n.member, o.member) AS one, greatest(n.member, o.member) AS other
        FROM name_sound n
        JOIN name_sound o ON o.countries && n.countries AND o.sound % n.sound AND o.member <> n.member
        WHERE n.member = ANY($1)""",
        members,
    )
    return [(row["one"], row["other"]) for row in rows]


async def _insert_candidates(tx: Tx, compared: Sequence[tuple[Pair, Likeness]]) -> None:
    await tx.executemany(
        """
        INSERT INTO duplicate_candidate (duplicate, one, other, score, band, reasons) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (one, other) DO NOTHING""",
        [
            (uuid7(), *pair, like.score, like.band, [reason._asdict() for reason in like.reasons])
            for pair, like in compared
            if like.band is not None
        ],
    )


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
