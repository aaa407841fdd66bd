"""Finds duplicate candidates: compares newcomers with the members who stand next to them by some blocking key.

This is the sorted neighbourhood method (Hernández and Stolfo, 1995) with several passes: whatever a list has in it, a
newcomer is compared with a bounded number of members, the likeliest first.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from typing import NamedTuple
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from services.members.duplicates import similarity
from services.members.duplicates.blocking import blocking_keys
from services.members.duplicates.similarity import Likeness, Person
from services.members.members.email_keys import renew_email_keys
from services.members.members.names import spell_name
from shared.postgres.locks import lock_key
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin

WORKER = "duplicates"
BATCH = 100
WINDOW = 10
SIMILAR = 0.4
MOST_COMPARED = 30
MOST_KEPT = 5

# Walks the index on both sides of each key; of those who stand there the most similar ones are compared. (Without
# statistics of a table that has grown fast the planner would rather read all of it.)
NEIGHBOURS = """
SELECT newcomer.member, neighbour.member AS other
FROM unnest($1::uuid[]) AS newcomer(member) CROSS JOIN LATERAL (
    SELECT near.member
    FROM blocking_key k CROSS JOIN LATERAL (
        (SELECT b.member, b.key FROM blocking_key b
         WHERE b.country = k.country AND (b.key, b.rest, b.member) > (k.key, k.rest, k.member)
         ORDER BY b.key, b.rest, b.member LIMIT $2)
        UNION ALL
        (SELECT b.member, b.key FROM blocking_key b
         WHERE b.country = k.country AND (b.key, b.rest, b.member) < (k.key, k.rest, k.member)
         ORDER BY b.key DESC, b.rest DESC, b.member DESC LIMIT $2)) near
    WHERE k.member = newcomer.member AND near.member <> newcomer.member AND similarity(near.key, k.key) >= $3
    GROUP BY near.member ORDER BY max(similarity(near.key, k.key)) DESC, count(*) DESC, near.member
    LIMIT $4) neighbour"""
_FIND = f"""
SELECT member::text FROM newcomer WHERE {can_begin(WORKER, "member")} ORDER BY newcomer.member LIMIT {BATCH}"""
PLANS = {"enable_seqscan": "off", "enable_bitmapscan": "off"}


class Pair(NamedTuple):
    """Two members, and how alike they are; `one` is the smaller id."""

    one: UUID
    other: UUID
    likeness: Likeness


async def find_newcomers(tx: Tx) -> Sequence[str]:
    """Some newcomers, the longest waiting ones; none while others compare, nor during an import."""
    if not await _may_find(tx):
        return []
    rows = await tx.fetch(_FIND)
    return [row["member"] for row in rows]


async def compare_newcomers(tx: Tx, members: Sequence[str]) -> None:
    """Compare these newcomers with their neighbours, unless others compare some now."""
    if await _may_find(tx):
        await _compare_persons(tx, await _load_newcomers(tx, [UUID(member) for member in members]))


async def _compare_persons(tx: Tx, newcomers: Sequence[Person]) -> None:
    await _insert_keys(tx, newcomers)
    members = [person.member for person in newcomers]
    neighbours = await find_neighbours(tx, members)
    rows = await _fetch_persons(tx, {other for others in neighbours.values() for other in others})
    await _insert_candidates(tx, await asyncio.to_thread(_pick_likeliest, newcomers, neighbours, rows))
    await tx.execute("DELETE FROM newcomer WHERE member = ANY($1)", members)


async def find_neighbours(tx: Tx, members: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The members whom each of these is to be compared with: MOST_COMPARED at most, the likeliest first."""
    for name, value in PLANS.items():
        await tx.execute("SELECT set_config($1, $2, true)", name, value)
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for member, other in await tx.fetch(NEIGHBOURS, members, WINDOW, SIMILAR, MOST_COMPARED):
        found[member].append(other)
    return found


async def _may_find(tx: Tx) -> bool:
    free: bool = await tx.fetchval(
        f"""
        SELECT NOT EXISTS (SELECT FROM import WHERE state IN ('waiting', 'running'))
           AND pg_try_advisory_xact_lock({lock_key("duplicates")})"""
    )
    return free


async def _load_newcomers(tx: Tx, members: Sequence[UUID]) -> list[Person]:
    """Those of these that nobody has compared yet. They can't be erased until this transaction ends."""
    rows = await tx.fetch(
        """
        SELECT member FROM member WHERE member IN (SELECT member FROM newcomer WHERE member = ANY($1))
        ORDER BY member FOR KEY SHARE""",
        members,
    )
    return [_build_person(row) for row in await _fetch_persons(tx, [row["member"] for row in rows])]


async def _fetch_persons(tx: Tx, members: Iterable[UUID]) -> list[asyncpg.Record]:
    return await tx.fetch(
        """
        SELECT member, given_name || ' ' || family_name AS name, email_key, origin, residence,
               ARRAY(SELECT organisation FROM affiliation a WHERE a.member = m.member) AS organisations
        FROM member m WHERE member = ANY($1)""",
        list(members),
    )


async def _insert_keys(tx: Tx, newcomers: Sequence[Person]) -> None:
    await renew_email_keys(tx, [person.member for person in newcomers])
    keys = [(*key, person.member) for person in newcomers for key in blocking_keys(person)]
    await tx.execute(
        "INSERT INTO blocking_key (country, key, rest, member)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) ON CONFLICT DO NOTHING",
        *map(list, zip(*keys, strict=True)) if keys else ([], [], [], []),
    )


async def _insert_candidates(tx: Tx, pairs: Sequence[Pair]) -> None:
    """Keep these pairs, but for those of whom one was erased meanwhile."""
    await tx.execute(
        """
        INSERT INTO duplicate_candidate (duplicate, one, other, score, band, reasons)
        SELECT pair.duplicate, pair.one, pair.other, pair.score, pair.band, pair.reasons::jsonb
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::text[], $6::text[])
            AS pair(duplicate, one, other, score, band, reasons)
        JOIN member m1 ON m1.member = pair.one JOIN member m2 ON m2.member = pair.other
        ORDER BY pair.one, pair.other FOR KEY SHARE OF m1, m2
        ON CONFLICT (one, other) DO NOTHING""",
        [uuid7() for _ in pairs],
        [pair.one for pair in pairs],
        [pair.other for pair in pairs],
        [pair.likeness.score for pair in pairs],
        [pair.likeness.band for pair in pairs],
        [json.dumps([reason._asdict() for reason in pair.likeness.reasons]) for pair in pairs],
    )


def _pick_likeliest(
    newcomers: Sequence[Person], neighbours: Mapping[UUID, Sequence[UUID]], rows: Sequence[asyncpg.Record]
) -> list[Pair]:
    """Each newcomer's likeliest pairs that are worth a person's look, each pair once."""
    persons = {row["member"]: _build_person(row) for row in rows}
    found: dict[tuple[UUID, UUID], Pair] = {}
    for newcomer in newcomers:
        others = [persons[other] for other in neighbours[newcomer.member] if other in persons]
        pairs = (_pair_up(newcomer, other) for other in others)
        likely = (pair for pair in pairs if pair.likeness.band is not None)
        for pair in nlargest(MOST_KEPT, likely, key=lambda pair: pair.likeness.score):
            found[pair.one, pair.other] = pair
    return list(found.values())


def _pair_up(one: Person, other: Person) -> Pair:
    first, second = sorted((one.member, other.member))
    return Pair(first, second, similarity.compare_persons(one, other))


def _build_person(row: asyncpg.Record) -> Person:
    return Person(
        member=row["member"],
        name=spell_name(row["name"]),
        origin=row["origin"],
        residence=row["residence"],
        mailbox=similarity.phonetic_mailbox(row["email_key"]),
        organisations=frozenset(row["organisations"]),
    )
