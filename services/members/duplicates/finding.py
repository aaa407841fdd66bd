"""Finds duplicate candidates: compares newcomers with the members who stand next to them by some blocking key.

This is the sorted neighbourhood method (Hernández and Stolfo, 1995) with several passes: whatever a list has in it, a
newcomer is compared with a bounded number of members, the likeliest first. So a batch has a bounded number of pairs;
it ends early when its time is over, and goes on with whoever is still a newcomer.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import asyncpg
from uuid_utils.compat import uuid7

from services.members.duplicates import similarity
from services.members.duplicates.blocking import blocking_keys
from services.members.duplicates.pairing import Pair, pick_likeliest
from services.members.duplicates.similarity import Person
from services.members.members.email_keys import renew_email_keys
from services.members.members.names import spell_name
from shared.postgres.locks import lock_key
from shared.postgres.pool import Tx
from shared.runtime.attempts import can_begin

WORKER = "duplicates"
# A batch compares at most BATCH * MOST_COMPARED pairs, a slice of newcomers after the other, until its time is over.
BATCH = 100
SLICE = 25
BATCH_SECONDS = 0.5
WINDOW = 10
SIMILAR = 0.4
MOST_COMPARED = 30

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


async def find_newcomers(tx: Tx) -> Sequence[str]:
    """Some newcomers, the longest waiting ones; none while others compare, nor during an import."""
    if not await _may_find(tx):
        return []
    rows = await tx.fetch(_FIND)
    return [row["member"] for row in rows]


async def compare_newcomers(tx: Tx, members: Sequence[str]) -> None:
    """Compare these newcomers with their neighbours, unless others compare some now.

    A slice is compared at least, and no other is begun after BATCH_SECONDS: who wasn't compared stays a newcomer.
    """
    if not await _may_find(tx):
        return
    until = time.monotonic() + BATCH_SECONDS
    for start in range(0, len(members), SLICE):
        part = [UUID(member) for member in members[start : start + SLICE]]
        await _compare_persons(tx, await _load_newcomers(tx, part))
        if time.monotonic() >= until:
            return


async def _compare_persons(tx: Tx, newcomers: Sequence[Person]) -> None:
    await _insert_keys(tx, newcomers)
    members = [person.member for person in newcomers]
    neighbours = await find_neighbours(tx, members)
    rows = await _fetch_persons(tx, {other for others in neighbours.values() for other in others})
    pairs = await asyncio.to_thread(_compare_rows, newcomers, neighbours, rows)
    await _insert_candidates(tx, pairs)
    await tx.execute("DELETE FROM newcomer WHERE member = ANY($1)", members)


def _compare_rows(
    newcomers: Sequence[Person], neighbours: Mapping[UUID, Sequence[UUID]], rows: Sequence[asyncpg.Record]
) -> list[Pair]:
    persons = {row["member"]: _build_person(row) for row in rows}
    known = {member: [persons[o] for o in others if o in persons] for member, others in neighbours.items()}
    return pick_likeliest(newcomers, known)


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


def _build_person(row: asyncpg.Record) -> Person:
    return Person(
        member=row["member"],
        name=spell_name(row["name"]),
        origin=row["origin"],
        residence=row["residence"],
        mailbox=similarity.phonetic_mailbox(row["email_key"]),
        organisations=frozenset(row["organisations"]),
    )
