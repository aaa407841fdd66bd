"""Pairs of newcomers with those who stand next to them: each compared once, of each newcomer the likeliest. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest
from typing import NamedTuple
from uuid import UUID

from services.members.duplicates import similarity
from services.members.duplicates.similarity import Likeness, Person

MOST_KEPT = 5


class Pair(NamedTuple):
    """Two members, and how alike they are; `one` is the smaller id."""

    one: UUID
    other: UUID
    likeness: Likeness


def pick_likeliest(newcomers: Sequence[Person], others: Mapping[UUID, Sequence[Person]]) -> list[Pair]:
    """Each newcomer's MOST_KEPT likeliest pairs with these others that are worth a person's look, each pair once."""
    compared: dict[frozenset[UUID], Pair] = {}
    kept: dict[frozenset[UUID], Pair] = {}
    for newcomer in newcomers:
        found = [_compare_once(compared, newcomer, other) for other in others.get(newcomer.member, ())]
        for pair in _list_likeliest(found):
            kept[frozenset((pair.one, pair.other))] = pair
    return list(kept.values())


def _compare_once(compared: dict[frozenset[UUID], Pair], newcomer: Person, other: Person) -> Pair:
    """Two newcomers stand next to each other: what one of them was told the other needn't find out again."""
    both = frozenset((newcomer.member, other.member))
    if both not in compared:
        one, two = sorted(both)
        compared[both] = Pair(one, two, similarity.compare_persons(newcomer, other))
    return compared[both]


def _list_likeliest(pairs: Iterable[Pair]) -> list[Pair]:
    likely = (pair for pair in pairs if pair.likeness.band is not None)
    return nlargest(MOST_KEPT, likely, key=lambda pair: pair.likeness.score)
