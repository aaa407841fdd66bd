"""How alike two members are: names as they sound in any script, countries, addresses. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID

from rapidfuzz.distance import Indel

from services.members.members.names import SpelledName, sound_part, spell_name, strip_vowels

SUGGEST = 90
REVIEW = 75

NAME, ORIGIN, RESIDENCE, ADDRESS = 70, 15, 5, 10
LISTED_APART = -15

# The most parts that are one part elsewhere, and how alike they must be.
JOINED, JOINED_ALIKE = 4, 0.8
SAME_CONSONANTS = 0.95

Parts: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Person:
    """What of a member is compared. `mailbox` is how that of the address sounds."""

    member: UUID
    name: SpelledName
    origin: str | None
    residence: str | None
    mailbox: str
    organisations: frozenset[str]


class Reason(NamedTuple):
    """One reason for the score: its points, and how many it can give at most."""

    criterion: str
    points: int
    most: int


class Likeness(NamedTuple):
    """0 to 100, with the reasons; above the thresholds a pair is worth a person's look."""

    score: int
    reasons: tuple[Reason, ...]

    @property
    def band(self) -> Literal["suggest", "review"] | None:
        if self.score >= SUGGEST:
            return "suggest"
        return "review" if self.score >= REVIEW else None


def phonetic_mailbox(email_key: str) -> str:
    """The letters before the @, as they sound."""
    return "".join(spell_name(email_key.partition("@")[0].replace(".", "")).whole.sounds)


def compare_persons(one: Person, other: Person) -> Likeness:
    """How alike two persons are, and why."""
    reasons = [
        Reason("name", round(NAME * compare_names(one.name, other.name)), NAME),
        Reason("origin", _score_country(one.origin, other.origin, ORIGIN), ORIGIN),
        Reason("residence", _score_country(one.residence, other.residence, RESIDENCE), RESIDENCE),
        Reason("address", round(ADDRESS * Indel.normalized_similarity(one.mailbox, other.mailbox)), ADDRESS),
    ]
    if one.organisations & other.organisations:
        reasons.append(Reason("listed-apart", LISTED_APART, 0))
    score = sum(reason.points for reason in reasons)
    return Likeness(max(0, min(100, score)), tuple(reasons))


def _score_country(one: str | None, other: str | None, points: int) -> int:
    """Half the points where we don't know."""
    if one is None or other is None:
        return points // 2
    return points if one == other else 0


def compare_names(one: SpelledName, other: SpelledName) -> float:
    """0 to 1: how well the parts of the shorter name are found in the longer one, less for parts left over.

    Neighbouring parts are one if the other name has them as one: a name may be split at each space, hyphen or
    apostrophe, or not.
    """
    vowelless = one.vowelless != other.vowelless
    left, right = one.parts, other.parts
    for wanted in (_list_parts, _list_joined):
        left, right = _join_parts(left, right, wanted), _join_parts(right, left, wanted)
    shorter, longer = sorted((SpelledName(left).whole.parts, SpelledName(right).whole.parts), key=len)
    return _match_parts(shorter, longer, vowelless)


def _match_parts(shorter: Sequence[str], longer: Sequence[str], vowelless: bool) -> float:
    left = list(longer)
    found = []
    for part in shorter:
        alike = [_compare_parts(part, candidate, vowelless) for candidate in left]
        best = max(alike)
        found.append(best)
        del left[alike.index(best)]
    if not found or (len(found) == 1 and left):
        return 0.0
    return min(found) * 0.7 + sum(found) / len(found) * 0.3 - 0.1 * len(left)


def _compare_parts(one: str, other: str, vowelless: bool) -> float:
    """0 to 1. Squared, so that names which only share some letters weigh little."""
    if vowelless and strip_vowels(one) == strip_vowels(other) != "":
        return SAME_CONSONANTS
    one, other = sound_part(one), sound_part(other)
    return 1.0 if one == other else Indel.normalized_similarity(one, other) ** 2


def _join_parts(parts: Parts, others: Parts, list_wanted: Callable[[Parts, Parts], Sequence[str]]) -> Parts:
    """The parts, but for neighbours that together are what is wanted of the others."""
    wanted = list_wanted(others, parts)
    for start, end, joined in _join_neighbours(parts, others) if wanted else ():
        if any(_is_joined(joined, other) for other in wanted):
            left = (parts * 2)[end : start + len(parts)]
            return _join_parts((joined, *left), others, list_wanted)
    return parts


def _list_parts(parts: Parts, others: Parts) -> Sequence[str]:
    return [part for part in parts if part not in others]


def _list_joined(parts: Parts, others: Parts) -> Sequence[str]:
    return [joined for _, _, joined in _join_neighbours(parts, others)]


def _join_neighbours(parts: Parts, others: Parts) -> Iterator[tuple[int, int, str]]:
    """From where to where parts that aren't among the others stand in a row, and what they are together. The last
    one and the first are neighbours, as the family name may be either."""
    ring, count = parts * 2, len(parts)
    for start in range(count):
        for end in range(start + 1, start + 1 + min(count, JOINED)):
            if ring[end - 1] in others:
                break
            if end > start + 1:
                yield start, end, "".join(ring[start:end])


def _is_joined(joined: str, other: str) -> bool:
    return abs(len(joined) - len(other)) <= 2 and _compare_parts(joined, other, False) >= JOINED_ALIKE
