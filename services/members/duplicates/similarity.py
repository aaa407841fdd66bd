"""How alike two members are: names as they sound in any script, countries, addresses. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest
from typing import Literal, NamedTuple
from uuid import UUID

from anyascii import anyascii
from rapidfuzz.distance import Indel

SUGGEST = 90
REVIEW = 75

NAME, ORIGIN, RESIDENCE, ADDRESS = 70, 15, 5, 10
LISTED_APART = -15

PARTS, LETTERS = 8, 40

# The ways in which Russian, German, English and Slavic spellings write one sound, the longer ones first.
_SOUNDS = (
    ("schtsch", "s"), ("shch", "s"), ("tsch", "c"), ("tch", "c"), ("sch", "s"), ("sh", "s"), ("zh", "s"),
    ("kh", "c"), ("ch", "c"), ("ts", "s"), ("tz", "s"), ("z", "s"), ("ck", "k"), ("ph", "f"), ("w", "v"),
    ("y", "i"), ("j", "i"), ("x", "ks"), ("q", "k"), ("oe", "o"), ("ae", "a"), ("ue", "u"),
)  # fmt: skip
_SOUND = re.compile("|".join(spelling for spelling, _ in _SOUNDS))
_BY_SPELLING = dict(_SOUNDS)
_APOSTROPHES = re.compile("['`]")
_TWICE = re.compile(r"(.)\1+")


@dataclass(frozen=True)
class Person:
    """What of a member is compared: the `sounds` of the parts of the name, and of the address's `mailbox`."""

    member: UUID
    sounds: tuple[str, ...]
    origin: str | None
    residence: str | None
    mailbox: str
    organisations: frozenset[str]


class Criterion(NamedTuple):
    """One criterion of the score: its points, and how many it can give at most."""

    criterion: str
    points: int
    most: int


class Likeness(NamedTuple):
    """0 to 100, with the reasons; above the thresholds a pair is worth a person's look."""

    score: int
    reasons: tuple[Criterion, ...]

    @property
    def band(self) -> Literal["suggest", "review"] | None:
        if self.score >= SUGGEST:
            return "suggest"
        return "review" if self.score >= REVIEW else None


def phonetic_parts(name: str) -> tuple[str, ...]:
    """The parts of a name as they sound, sorted, without initials: one person's in whatever script and order.

    At most PARTS, the longest ones, of LETTERS each, so that no name takes long to compare.
    """
    parts = re.findall("[a-z]+", _APOSTROPHES.sub("", anyascii(name)).lower())
    longer = [part for part in parts if len(part) > 1]
    longest = nlargest(PARTS, longer or parts, key=len)
    return tuple(sorted(_phonetic_part(part[:LETTERS]) for part in longest))


def phonetic_mailbox(email_key: str) -> str:
    """The letters before the @, as they sound."""
    return "".join(phonetic_parts(email_key.partition("@")[0].replace(".", "")))


@lru_cache(maxsize=4096)
def _phonetic_part(part: str) -> str:
    return _TWICE.sub(r"\1", _SOUND.sub(lambda found: _BY_SPELLING[found[0]], part))


def compare_persons(one: Person, other: Person) -> Likeness:
    """How alike two persons are, and why."""
    reasons = [
        Criterion("name", round(NAME * _compare_names(one.sounds, other.sounds)), NAME),
        Criterion("origin", _score_country(one.origin, other.origin, ORIGIN), ORIGIN),
        Criterion("residence", _score_country(one.residence, other.residence, RESIDENCE), RESIDENCE),
        Criterion(
            "address", round(ADDRESS * Indel.normalized_similarity(one.mailbox, other.mailbox)), ADDRESS
        ),
    ]
    if one.organisations & other.organisations:
        reasons.append(Criterion("listed-apart", LISTED_APART, 0))
    score = sum(reason.points for reason in reasons)
    return Likeness(max(0, min(100, score)), tuple(reasons))


def _score_country(one: str | None, other: str | None, points: int) -> int:
    """Half the points where we don't know."""
    if one is None or other is None:
        return points // 2
    return points if one == other else 0


def _compare_names(one: Sequence[str], other: Sequence[str]) -> float:
    """0 to 1: how well the parts of the shorter name are found in the longer one, less for parts left over."""
    shorter, longer = sorted((one, other), key=len)
    left = list(longer)
    found = []
    for part in shorter:
        alike = [_compare_parts(part, candidate) for candidate in left]
        best = max(alike)
        found.append(best)
        del left[alike.index(best)]
    if not found or (len(found) == 1 and left):
        return 0.0
    return min(found) * 0.7 + sum(found) / len(found) * 0.3 - 0.1 * len(left)


def _compare_parts(one: str, other: str) -> float:
    """0 to 1. Squared, so that names which only share some letters weigh little."""
    return 1.0 if one == other else Indel.normalized_similarity(one, other) ** 2
