"""Fairness: who is asked already isn't asked again before others of the same score, and nobody is first forever."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.ranking import rules
from services.matching.ranking.rules import Adviser, Need

NAMES = UUID(int=7)
NOW = datetime(2027, 1, 15, tzinfo=UTC)
fit = Adviser(UUID(int=1), regions=frozenset({"de-bayern"}), languages=frozenset({"de"}))
seeds = st.integers(0, 10**6)
loads = st.builds(
    replace,
    st.just(fit),
    capacity=st.integers(1, 4),
    taken=st.integers(0, 2),
    open=st.integers(0, 4),
    asked_at=st.none() | st.integers(0, 3).map(lambda days: NOW - timedelta(days)),
)


def ask(number: int) -> Need:
    """A request, the same for all but its id."""
    return Need(uuid5(NAMES, str(number)), UUID(int=2), "de-bayern", languages=frozenset({"de"}))


def name(advisers: list[Adviser], seed: int) -> list[Adviser]:
    """The same advisers under ids drawn by a seed."""
    return [replace(one, member=uuid5(NAMES, f"{seed} {place}")) for place, one in enumerate(advisers)]


def propose_to_first(advisers: list[Adviser], requests: int) -> list[Adviser]:
    """The advisers after so many requests, of which each was proposed to the first of its candidates."""
    found = {one.member: one for one in advisers}
    for number in range(requests):
        ranked = rules.rank_advisers(ask(number), found.values()).ranked
        if not ranked:
            break
        first = ranked[0].adviser
        found[first.member] = replace(
            first, open=first.open + 1, asked_at=NOW + timedelta(microseconds=number)
        )
    return list(found.values())


@given(st.lists(loads, max_size=8), seeds, seeds)
def test_no_id_gives_a_better_place(advisers: list[Adviser], seed: int, other: int) -> None:
    one = rules.rank_advisers(ask(1), name(advisers, seed)).ranked
    same = rules.rank_advisers(ask(1), reversed(name(advisers, other))).ranked

    def places(ranked: list[rules.ScoredAdviser]) -> list[tuple[object, ...]]:
        return [tuple(each.sort_key)[:-1] for each in ranked]

    assert places(one) == places(same)


@given(st.integers(2, 6), st.integers(1, 4), st.integers(1, 40), seeds)
def test_requests_spread_evenly_over_equal_advisers(
    advisers: int, capacity: int, requests: int, seed: int
) -> None:
    asked = propose_to_first(name([replace(fit, capacity=capacity)] * advisers, seed), requests)
    open = [one.open for one in asked]

    assert sum(open) == requests
    assert max(open) - min(open) <= 1


@given(st.lists(st.integers(0, 5), min_size=2, max_size=5), st.integers(1, 30), seeds)
def test_nobody_is_asked_more_often_than_free_while_another_has_a_place_that_nobody_waits_for(
    capacities: list[int], requests: int, seed: int
) -> None:
    advisers = name([replace(fit, capacity=capacity) for capacity in capacities], seed)
    asked = propose_to_first(advisers, requests)

    if any(one.open < one.free_capacity for one in asked):
        assert all(one.open <= one.free_capacity for one in asked)
    assert all(one.open == 0 for one in asked if one.free_capacity == 0)


@given(st.integers(2, 5), seeds)
def test_in_turn_everybody_comes_first_when_all_answer_at_once(advisers: int, seed: int) -> None:
    equal = {one.member: one for one in name([fit] * advisers, seed)}
    firsts: Counter[UUID] = Counter()
    for number in range(3 * advisers):
        first = rules.rank_advisers(ask(number), equal.values()).ranked[0].adviser
        firsts[first.member] += 1
        equal[first.member] = replace(first, asked_at=NOW + timedelta(microseconds=number))

    assert set(firsts.values()) == {3}


@given(seeds)
def test_among_those_who_were_never_asked_the_lot_falls_on_each(seed: int) -> None:
    equal = name([fit] * 4, seed)
    firsts = {rules.rank_advisers(ask(seed + number), equal).ranked[0].adviser for number in range(200)}

    assert firsts == set(equal)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"open": 0}, {"open": 1}),
        ({"capacity": 5, "open": 3}, {"capacity": 1, "open": 1}),
        ({"capacity": 1, "open": 2}, {"capacity": 1, "open": 3}),
        ({"capacity": 3, "open": 1}, {"capacity": 20, "open": 2}),
        ({"asked_at": None}, {"asked_at": NOW}),
        ({"asked_at": NOW - timedelta(days=1)}, {"asked_at": NOW}),
        ({"themes": frozenset({"trade"}), "open": 9, "asked_at": NOW}, {}),
    ],
)
def test_of_equal_scores_who_is_asked_less_comes_first(
    before: dict[str, object], after: dict[str, object]
) -> None:
    need = replace(ask(1), themes=frozenset({"trade"}))
    for seed in range(5):
        first, second = name([fit, fit], seed)
        pair = [replace(second, **after), replace(first, **before)]  # type: ignore[arg-type]
        assert rules.rank_advisers(need, pair).ranked[0].adviser == pair[1]
