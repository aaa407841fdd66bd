"""Whoever stands next to whom: each pair is compared once, and each newcomer keeps the likeliest ones."""

from collections import Counter
from typing import Any
from unittest.mock import patch
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.members.duplicates import similarity
from services.members.duplicates.pairing import MOST_KEPT, pick_likeliest
from services.members.duplicates.similarity import Likeness, Person, compare_persons
from services.members.members.names import spell_name

NAMES = ["Maria Schmidt", "Maria Schmitt", "Van An Nguyen", "An Nguyen Van", "Olga Iwanowa"]


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[Person], dict[UUID, list[Person]]]:
    """Newcomers, and the persons next to each of them: members or newcomers, in both directions or one."""
    count = draw(st.integers(1, 16))
    persons = [
        Person(UUID(int=n), spell_name(draw(st.sampled_from(NAMES))), None, None, f"m{n % 5}", frozenset())
        for n in range(count)
    ]
    newcomers = persons[: draw(st.integers(1, count))]
    near = st.lists(st.sampled_from(persons), unique=True, max_size=count)
    return newcomers, {one.member: [other for other in draw(near) if other is not one] for one in newcomers}


@given(crowds())
def test_each_pair_is_compared_once_and_each_newcomer_keeps_the_likeliest(
    crowd: tuple[list[Person], dict[UUID, list[Person]]],
) -> None:
    newcomers, near = crowd
    compared: Counter[frozenset[UUID]] = Counter()

    def count(one: Person, other: Person) -> Likeness:
        compared[frozenset((one.member, other.member))] += 1
        return compare_persons(one, other)

    with patch.object(similarity, "compare_persons", count):
        pairs = pick_likeliest(newcomers, near)

    assert compared == Counter({frozenset((one, o.member)) for one, others in near.items() for o in others})
    kept = {frozenset(pair[:2]): pair.likeness.score for pair in pairs}
    assert len(kept) == len(pairs)
    for newcomer in newcomers:
        likely = [
            found for other in near[newcomer.member] if (found := compare_persons(newcomer, other)).band
        ]
        own: list[Any] = [score for both, score in kept.items() if newcomer.member in both]
        best = sorted((found.score for found in likely), reverse=True)[:MOST_KEPT]
        assert not Counter(best) - Counter(own)
