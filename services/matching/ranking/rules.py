"""Pure decisions: who may advise on a request, and how well each fits."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

REGION, WIDER_REGION = 35, 20
THEMES = 30
LANGUAGES = 15
COUNTRY, ORIGIN = 10, 7
BRANCH = 10


@dataclass(frozen=True)
class Need:
    """What a request asks for. `nearby` are the regions that `region` lies in, and those in it; `asked` are the
    advisers who were asked already and didn't get withdrawn."""

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
    """What is known of a member who may advise. `taken` of `capacity` places are taken."""

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

    @property
    def free(self) -> int:
        return self.capacity - self.taken


class Exclusion(StrEnum):
    """Why someone can't be a candidate; the first that holds, in this order."""

    NOT_AN_ADVISER = "not-an-adviser"
    THE_REQUESTER = "the-requester"
    ALREADY_ASKED = "already-asked"
    REGION_NOT_KNOWN = "region-not-known"
    NO_COMMON_LANGUAGE = "no-common-language"
    NO_CAPACITY_LEFT = "no-capacity-left"


class Points(NamedTuple):
    """One criterion of a score: `points` of `weight`, with the reason in words."""

    name: str
    weight: int
    points: int
    reason: str


class Candidate(NamedTuple):
    """An adviser with the score, 0–100, and what it is made of."""

    adviser: Adviser
    score: int
    criteria: tuple[Points, ...]

    @property
    def place(self) -> tuple[int, int, UUID]:
        """Where the candidate stands: the best score, then the most free places, then the id."""
        return -self.score, -self.adviser.free, self.adviser.member


class Ranking(NamedTuple):
    """Candidates, the best first, and how many were excluded for which reason."""

    candidates: list[Candidate]
    excluded: Counter[Exclusion]


def rank(need: Need, advisers: Iterable[Adviser]) -> Ranking:
    """Rank those who may advise; the order in which they come doesn't matter."""
    candidates, excluded = [], Counter[Exclusion]()
    for adviser in advisers:
        reason = exclusion(need, adviser)
        if reason is None:
            candidates.append(candidate(need, adviser))
        else:
            excluded[reason] += 1
    return Ranking(sorted(candidates, key=lambda one: one.place), excluded)


def exclusion(need: Need, adviser: Adviser) -> Exclusion | None:
    """Why this adviser can't be a candidate; None for one who can."""
    hard = (
        (Exclusion.NOT_AN_ADVISER, not adviser.advises),
        (Exclusion.THE_REQUESTER, adviser.member == need.requester),
        (Exclusion.ALREADY_ASKED, adviser.member in need.asked),
        (
            Exclusion.REGION_NOT_KNOWN,
            need.region not in adviser.regions and not adviser.regions & need.nearby,
        ),
        (Exclusion.NO_COMMON_LANGUAGE, not adviser.languages & need.languages),
        (Exclusion.NO_CAPACITY_LEFT, adviser.free <= 0),
    )
    return next((reason for reason, holds in hard if holds), None)


def candidate(need: Need, adviser: Adviser) -> Candidate:
    """The score: the points of all criteria that the request allows, of 100 attainable ones."""
    criteria = tuple(_criteria(need, adviser))
    attained, attainable = sum(c.points for c in criteria), sum(c.weight for c in criteria)
    return Candidate(adviser, 100 * attained // attainable, criteria)


def _criteria(need: Need, adviser: Adviser) -> Iterable[Points]:
    yield _region(need, adviser)
    if need.themes:
        yield _shared("themes", THEMES, need.themes, adviser.themes)
    yield _shared("languages", LANGUAGES, need.languages, adviser.languages)
    if need.country:
        yield _country(need.country, adviser)
    if need.branch:
        same = _plain(need.branch) == _plain(adviser.branch or "")
        yield Points(
            "branch", BRANCH, BRANCH * same, "works in the same branch" if same else "another branch"
        )


def _region(need: Need, adviser: Adviser) -> Points:
    if need.region in adviser.regions:
        return Points("region", REGION, REGION, "knows the region")
    known = sorted(adviser.regions & need.nearby)
    return Points(
        "region", REGION, WIDER_REGION if known else 0, f"knows {', '.join(known) or 'other regions'}"
    )


def _shared(name: str, weight: int, asked: frozenset[str], offered: frozenset[str]) -> Points:
    both = sorted(asked & offered)
    reason = f"{len(both)} of {len(asked)} {name}" + (f": {', '.join(both)}" if both else "")
    return Points(name, weight, weight * len(both) // max(1, len(asked)), reason)


def _country(country: str, adviser: Adviser) -> Points:
    if adviser.residence == country:
        return Points("country", COUNTRY, COUNTRY, f"lives in {country}")
    if adviser.origin == country:
        return Points("country", COUNTRY, ORIGIN, f"comes from {country}")
    return Points("country", COUNTRY, 0, f"neither lives in {country} nor comes from there")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
