"""Pure decisions: who may advise on a request, and how well each fits."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

from shared.folding import fold_text

REGION_POINTS, WIDER_REGION_POINTS = 35, 20
THEME_POINTS = 30
LANGUAGE_POINTS = 15
COUNTRY_POINTS, ORIGIN_POINTS = 10, 7
BRANCH_POINTS = 10

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Need:
    """What `request` asks for. `nearby` are the regions that `region` lies in, and those in it; `asked` are the
    advisers who were asked already and didn't get withdrawn."""

    request: UUID
    requester: UUID
    region: str
    nearby: frozenset[str] = frozenset()
    country: str | None = None
    themes: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    branch: str | None = None
    asked: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Adviser:
    """What is known of a member who may advise: how many mentorships of `capacity` are `taken`, how many proposals are
    `open`, and when one was last made (None: never)."""

    member: UUID
    advises: bool = True
    regions: frozenset[str] = frozenset()
    themes: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    residence: str | None = None
    origin: str | None = None
    branch: str | None = None
    capacity: int = 1
    taken: int = 0
    open: int = 0
    asked_at: datetime | None = None

    @property
    def free_capacity(self) -> int:
        return self.capacity - self.taken

    @property
    def is_spoken_for(self) -> bool:
        """As many are asking already as the adviser could take on."""
        return self.open >= self.free_capacity


class Exclusion(StrEnum):
    """Why someone can't be a candidate; the first that applies, in this order."""

    NOT_AN_ADVISER = "not-an-adviser"
    THE_REQUESTER = "the-requester"
    ALREADY_ASKED = "already-asked"
    REGION_NOT_KNOWN = "region-not-known"
    NO_COMMON_LANGUAGE = "no-common-language"
    NO_CAPACITY_LEFT = "no-capacity-left"


class CriterionScore(NamedTuple):
    """One criterion of a score: `points` of `weight`, with the reason in words."""

    name: str
    weight: int
    points: int
    reason: str


class SortKey(NamedTuple):
    """The order of candidates: the best score; then who has a place that nobody waits for; then who has the fewest open
    proposals; then who wasn't asked for the longest time (`asked_at`, µs since 1970, 0: never). What is still equal is
    drawn by `lot`, anew for each request, so that nobody comes first forever."""

    score: int
    spoken_for: int
    open: int
    asked_at: int
    lot: UUID


class ScoredAdviser(NamedTuple):
    """An adviser with the score, 0–100, what it is made of, and the place in the order."""

    adviser: Adviser
    score: int
    criteria: tuple[CriterionScore, ...]
    sort_key: SortKey


class Ranking(NamedTuple):
    """Candidates, the best first, and how many were excluded for which reason."""

    ranked: list[ScoredAdviser]
    excluded: Counter[Exclusion]


def rank_advisers(need: Need, advisers: Iterable[Adviser], after: SortKey | None = None) -> Ranking:
    """Rank those who may advise, in whatever order they are given; only those behind `after`, if it's given."""
    candidates, excluded = [], Counter[Exclusion]()
    for adviser in advisers:
        reason = find_exclusion(need, adviser)
        if reason is not None:
            excluded[reason] += 1
        elif (scored := score_adviser(need, adviser)) and (after is None or scored.sort_key > after):
            candidates.append(scored)
    return Ranking(sorted(candidates, key=lambda one: one.sort_key), excluded)


def find_exclusion(need: Need, adviser: Adviser) -> Exclusion | None:
    """Why this adviser can't be a candidate; None for one who can."""
    constraints = (
        (Exclusion.NOT_AN_ADVISER, not adviser.advises),
        (Exclusion.THE_REQUESTER, adviser.member == need.requester),
        (Exclusion.ALREADY_ASKED, adviser.member in need.asked),
        (
            Exclusion.REGION_NOT_KNOWN,
            need.region not in adviser.regions and not adviser.regions & need.nearby,
        ),
        (Exclusion.NO_COMMON_LANGUAGE, not adviser.languages & need.languages),
        (Exclusion.NO_CAPACITY_LEFT, adviser.free_capacity <= 0),
    )
    return next((reason for reason, applies in constraints if applies), None)


def score_adviser(need: Need, adviser: Adviser) -> ScoredAdviser:
    """The score: the points of all criteria that the request allows, of 100 attainable ones."""
    criteria = tuple(_score_criteria(need, adviser))
    attained, attainable = sum(c.points for c in criteria), sum(c.weight for c in criteria)
    score = 100 * attained // attainable
    return ScoredAdviser(adviser, score, criteria, _build_sort_key(need, adviser, score))


def _build_sort_key(need: Need, adviser: Adviser, score: int) -> SortKey:
    asked = adviser.asked_at - _EPOCH if adviser.asked_at else timedelta()
    lot = UUID(bytes=blake2b(need.request.bytes + adviser.member.bytes, digest_size=16).digest())
    return SortKey(-score, int(adviser.is_spoken_for), adviser.open, asked // timedelta(microseconds=1), lot)


def _score_criteria(need: Need, adviser: Adviser) -> Iterable[CriterionScore]:
    yield _score_region(need, adviser)
    if need.themes:
        yield _score_overlap("themes", THEME_POINTS, need.themes, adviser.themes)
    yield _score_overlap("languages", LANGUAGE_POINTS, need.languages, adviser.languages)
    if need.country:
        yield _score_country(need.country, adviser)
    if need.branch:
        yield _score_branch(need.branch, adviser)


def _score_region(need: Need, adviser: Adviser) -> CriterionScore:
    if need.region in adviser.regions:
        return CriterionScore("region", REGION_POINTS, REGION_POINTS, "knows the region")
    known = sorted(adviser.regions & need.nearby)
    return CriterionScore(
        "region",
        REGION_POINTS,
        WIDER_REGION_POINTS if known else 0,
        f"knows {', '.join(known) or 'other regions'}",
    )


def _score_overlap(name: str, weight: int, asked: frozenset[str], offered: frozenset[str]) -> CriterionScore:
    both = sorted(asked & offered)
    reason = f"{len(both)} of {len(asked)} {name}" + (f": {', '.join(both)}" if both else "")
    return CriterionScore(name, weight, weight * len(both) // max(1, len(asked)), reason)


def _score_country(country: str, adviser: Adviser) -> CriterionScore:
    if adviser.residence == country:
        return CriterionScore("country", COUNTRY_POINTS, COUNTRY_POINTS, f"lives in {country}")
    if adviser.origin == country:
        return CriterionScore("country", COUNTRY_POINTS, ORIGIN_POINTS, f"comes from {country}")
    return CriterionScore("country", COUNTRY_POINTS, 0, f"neither lives in {country} nor comes from there")


def _score_branch(branch: str, adviser: Adviser) -> CriterionScore:
    if _normalize_text(branch) == _normalize_text(adviser.branch or ""):
        return CriterionScore("branch", BRANCH_POINTS, BRANCH_POINTS, "works in the same branch")
    return CriterionScore("branch", BRANCH_POINTS, 0, "another branch")


def _normalize_text(text: str) -> str:
    return " ".join(fold_text(text).split())
