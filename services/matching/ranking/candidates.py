"""Candidates for a request: the advisers in the database, ranked by the rules."""

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import Field

from services.matching import regions
from services.matching.advisers import availability
from services.matching.ranking import rules
from services.matching.ranking.rules import Adviser, Exclusion, Need, Ranking, SortKey
from services.matching.requests import seats
from shared.access.principal import Principal
from shared.contracts.matching import Criterion, RequestState
from shared.contracts.model import Contract
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.paging import Page, PageRequest


class Candidate(Contract):
    """An adviser whom the desk may propose; the reasons add up to the score. `open_proposals` are those to the adviser
    that wait for an answer: as many as `free_places`, or more, and one more has little hope."""

    adviser: UUID
    score: int = Field(ge=0, le=100)
    free_places: int
    open_proposals: int
    reasons: tuple[Criterion, ...]


class CandidatePage(Page[Candidate]):
    """Candidates, the best first; `excluded` counts the other members by the first reason against them."""

    excluded: Mapping[Exclusion, int]


async def list_candidates(tx: Tx, asker: Principal, request: UUID, paging: PageRequest) -> CandidatePage:
    """Who may be proposed. Raises `NotFound`, for a request at another desk too, and `Refused` if it has ended."""
    row = await seats.read_at_desk(tx, asker, request)
    if row["state"] == RequestState.ENDED:
        raise Refused("request-closed", "The request has ended.")
    need = await _read_need(tx, row)
    ranking = await _rank_within_reach(tx, need, _cursor_key(paging), paging.limit + 1)
    excluded = ranking.excluded + await _count_out_of_reach(tx, need)
    page = paging.build_page(
        [_build_candidate(one) for one in ranking.ranked], [list(one.sort_key) for one in ranking.ranked]
    )
    return CandidatePage(items=page.items, next=page.next, excluded=excluded)


async def require_candidate(tx: Tx, request: Mapping[str, Any], adviser: UUID) -> Candidate:
    """This adviser as a candidate for the request. Raises `Refused` with the reason for one who isn't."""
    need = await _read_need(tx, request)
    row = await tx.fetchrow(f"{_SELECT_ADVISERS} AND p.member = $1", adviser)
    known = _build_adviser(row) if row else Adviser(adviser, advises=False)
    reason = rules.find_exclusion(need, known)
    if reason is not None:
        raise Refused("no-candidate", f"The adviser can't be proposed: {reason}.", reason=reason)
    return _build_candidate(rules.score_adviser(need, known))


async def _read_need(tx: Tx, request: Mapping[str, Any]) -> Need:
    asked = await tx.fetch(
        "SELECT adviser FROM proposal WHERE request = $1 AND state <> 'withdrawn'", request["request"]
    )
    branch = await tx.fetchval("SELECT branch FROM person WHERE member = $1", request["requester"])
    return Need(
        request=request["request"],
        requester=request["requester"],
        region=request["region"],
        nearby=regions.nearby_regions(request["region"]),
        country=request["to_country"],
        themes=frozenset(request["themes"]),
        languages=frozenset(request["languages"]),
        branch=branch,
        asked=frozenset(row["adviser"] for row in asked),
    )


_SELECT_ADVISERS = f"""
    SELECT p.*, coalesce(a.capacity, 1) AS capacity, a.asked_at,
        (SELECT count(*) FROM request WHERE adviser = p.member AND {availability.HAS_ADVISER}) AS taken,
        (SELECT count(*) FROM proposal WHERE adviser = p.member AND state = 'proposed') AS open
    FROM person p LEFT JOIN adviser a USING (member)
    WHERE p.advises"""
_ADVISERS_AT_A_TIME = 500
# Most advisers know other regions: those aren't fetched, only counted.
_WITHIN_REACH = "(p.regions && $1::text[] OR p.member = ANY($2::uuid[]))"


async def _rank_within_reach(tx: Tx, need: Need, after: SortKey | None, limit: int) -> Ranking:
    """The best `limit` after a place in the order; a few hundred at a time, so that the event loop isn't held."""
    ranking = Ranking([], Counter())
    found = await tx.cursor(f"{_SELECT_ADVISERS} AND {_WITHIN_REACH}", *_reach_arguments(need))
    while rows := await found.fetch(_ADVISERS_AT_A_TIME):
        part = rules.rank_advisers(need, (_build_adviser(row) for row in rows), after)
        best = sorted([*ranking.ranked, *part.ranked], key=lambda one: one.sort_key)[:limit]
        ranking = Ranking(best, ranking.excluded + part.excluded)
    return ranking


async def _count_out_of_reach(tx: Tx, need: Need) -> Counter[Exclusion]:
    row = await tx.fetchrow(
        f"SELECT count(*) FILTER (WHERE NOT p.advises), count(*) FILTER (WHERE p.advises AND NOT {_WITHIN_REACH})"
        " FROM person p WHERE NOT p.gone",
        *_reach_arguments(need),
    )
    assert row is not None
    return Counter({Exclusion.NOT_AN_ADVISER: row[0], Exclusion.REGION_NOT_KNOWN: row[1]})


def _reach_arguments(need: Need) -> tuple[list[str], list[UUID]]:
    return [need.region, *need.nearby], [need.requester, *need.asked]


def _build_adviser(row: asyncpg.Record) -> Adviser:
    return Adviser(
        member=row["member"],
        regions=frozenset(row["regions"]),
        themes=frozenset(row["themes"]),
        languages=frozenset(row["languages"]),
        residence=row["residence"],
        origin=row["origin"],
        branch=row["branch"],
        capacity=row["capacity"],
        taken=row["taken"],
        open=row["open"],
        asked_at=row["asked_at"],
    )


def _build_candidate(scored: rules.ScoredAdviser) -> Candidate:
    reasons = tuple(Criterion(**points._asdict()) for points in scored.criteria)
    return Candidate(
        adviser=scored.adviser.member,
        score=scored.score,
        free_places=scored.adviser.free_capacity,
        open_proposals=scored.adviser.open,
        reasons=reasons,
    )


def _cursor_key(paging: PageRequest) -> SortKey | None:
    parts = paging.cursor_parts(int, int, int, int, UUID)
    return None if parts[0] is None else SortKey(*parts)
