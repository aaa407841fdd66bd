"""The score: bounded, never worse for knowing more, the same in any order, with reasons that add up."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.ranking import rules
from services.matching.ranking.rules import Adviser, Exclusion, Need

THEMES = ("trade", "logistics", "resilience", "agriculture")
LANGUAGES = ("de", "en", "ru")
REGIONS = ("de-bayern", "germany", "europe", "russia")
COUNTRIES = st.sampled_from(("DE", "RU", "FR")) | st.none()
BRANCHES = st.sampled_from(("Gießerei", " giesserei", "GIESSEREI", "Logistik", "")) | st.none()
MEMBERS = st.integers(0, 12).map(lambda number: UUID(int=number))


def some(words: tuple[str, ...], least: int = 0) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(words), min_size=least)


needs = st.builds(
    Need,
    request=st.uuids(),
    requester=MEMBERS,
    region=st.sampled_from(REGIONS),
    nearby=some(REGIONS),
    country=COUNTRIES,
    themes=some(THEMES),
    languages=some(LANGUAGES, 1),
    branch=BRANCHES,
    asked=st.frozensets(MEMBERS, max_size=3),
)
advisers = st.builds(
    Adviser,
    member=MEMBERS,
    advises=st.booleans(),
    regions=some(REGIONS),
    themes=some(THEMES),
    languages=some(LANGUAGES),
    residence=COUNTRIES,
    origin=COUNTRIES,
    branch=BRANCHES,
    capacity=st.integers(0, 3),
    taken=st.integers(0, 3),
    open=st.integers(0, 3),
    asked_at=st.none() | st.integers(0, 3).map(lambda day: datetime(2027, 1, 1 + day, tzinfo=UTC)),
)
fit = Adviser(UUID(int=1), regions=frozenset({"de-bayern"}), languages=frozenset({"de"}))
need = Need(
    UUID(int=9),
    UUID(int=2),
    "de-bayern",
    nearby=frozenset({"germany", "europe"}),
    languages=frozenset({"de", "en"}),
)


@given(needs, advisers)
def test_a_score_is_between_0_and_100_and_its_reasons_add_up(need: Need, adviser: Adviser) -> None:
    found = rules.score_adviser(need, adviser)

    assert 0 <= found.score <= 100
    assert all(0 <= part.points <= part.weight and part.reason for part in found.criteria)
    points, weights = sum(p.points for p in found.criteria), sum(p.weight for p in found.criteria)
    assert found.score == 100 * points // weights


@given(needs, advisers, st.sampled_from(THEMES), st.sampled_from(LANGUAGES))
def test_knowing_more_never_lowers_a_score(need: Need, adviser: Adviser, theme: str, language: str) -> None:
    score = rules.score_adviser(need, adviser).score

    assert rules.score_adviser(need, replace(adviser, themes=adviser.themes | {theme})).score >= score
    assert (
        rules.score_adviser(need, replace(adviser, languages=adviser.languages | {language})).score >= score
    )
    assert rules.score_adviser(need, replace(adviser, regions=adviser.regions | {need.region})).score >= score
    if need.country:
        assert rules.score_adviser(need, replace(adviser, residence=need.country)).score >= score


@given(needs, st.lists(advisers, unique_by=lambda one: one.member), st.randoms())
def test_a_ranking_is_the_same_in_any_order(need: Need, some: list[Adviser], random: st.DataObject) -> None:
    shuffled = list(some)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert rules.rank_advisers(need, shuffled) == rules.rank_advisers(need, some)


@given(needs, st.lists(advisers, unique_by=lambda one: one.member))
def test_what_comes_after_a_place_is_the_rest_of_the_ranking(need: Need, some: list[Adviser]) -> None:
    whole = rules.rank_advisers(need, some)

    for place, one in enumerate(whole.ranked, 1):
        rest = rules.rank_advisers(need, some, one.sort_key)
        assert rest == (whole.ranked[place:], whole.excluded)


@given(needs, st.lists(advisers, unique_by=lambda one: one.member))
def test_everyone_is_ranked_or_excluded_never_both(need: Need, some: list[Adviser]) -> None:
    ranking = rules.rank_advisers(need, some)
    ranked = [one.adviser for one in ranking.ranked]

    assert len(ranked) + ranking.excluded.total() == len(some)
    assert all(rules.find_exclusion(need, adviser) is None for adviser in ranked)
    assert [one.score for one in ranking.ranked] == sorted(
        (one.score for one in ranking.ranked), reverse=True
    )
    for adviser in ranked:
        assert adviser.advises
        assert adviser.taken < adviser.capacity
        assert adviser.member != need.requester
        assert adviser.member not in need.asked
        assert adviser.languages & need.languages


def test_who_fits_in_everything_attains_100_whatever_was_not_asked_for() -> None:
    everything = replace(
        need, themes=frozenset(THEMES), country="DE", branch="Gießerei", languages=frozenset({"de"})
    )
    knows_all = replace(fit, themes=frozenset(THEMES), residence="DE", branch=" GIESSEREI ")

    assert rules.score_adviser(replace(need, languages=frozenset({"de"})), fit).score == 100
    assert rules.score_adviser(everything, knows_all).score == 100
    shipping, plain = replace(everything, branch="Żegluga Łódź"), replace(knows_all, branch="zegluga lodz")
    assert rules.score_adviser(shipping, plain).score == 100
    assert rules.score_adviser(everything, fit).score == 50


def test_a_wider_region_counts_less_than_the_region_itself() -> None:
    wider = replace(fit, regions=frozenset({"europe"}))

    assert rules.find_exclusion(need, wider) is None
    assert 0 < rules.score_adviser(need, wider).score < rules.score_adviser(need, fit).score


@pytest.mark.parametrize(
    ("adviser", "reason"),
    [
        (fit, None),
        (replace(fit, advises=False), Exclusion.NOT_AN_ADVISER),
        (replace(fit, member=need.requester), Exclusion.THE_REQUESTER),
        (replace(fit, member=UUID(int=3)), Exclusion.ALREADY_ASKED),
        (replace(fit, regions=frozenset({"russia"})), Exclusion.REGION_NOT_KNOWN),
        (replace(fit, languages=frozenset({"ru"})), Exclusion.NO_COMMON_LANGUAGE),
        (replace(fit, capacity=2, taken=2), Exclusion.NO_CAPACITY_LEFT),
        (replace(fit, capacity=0), Exclusion.NO_CAPACITY_LEFT),
    ],
)
def test_a_hard_constraint_excludes_with_its_reason(adviser: Adviser, reason: Exclusion | None) -> None:
    assert rules.find_exclusion(replace(need, asked=frozenset({UUID(int=3)})), adviser) == reason


def test_who_is_excluded_for_several_reasons_hears_the_first() -> None:
    asked = replace(need, asked=frozenset({need.requester, UUID(int=3)}))
    adviser = Adviser(need.requester, advises=False, capacity=0)
    mended: dict[Exclusion, dict[str, Any]] = {
        Exclusion.NOT_AN_ADVISER: {"advises": True},
        Exclusion.THE_REQUESTER: {"member": UUID(int=3)},
        Exclusion.ALREADY_ASKED: {"member": UUID(int=4)},
        Exclusion.REGION_NOT_KNOWN: {"regions": fit.regions},
        Exclusion.NO_COMMON_LANGUAGE: {"languages": fit.languages},
        Exclusion.NO_CAPACITY_LEFT: {"capacity": 1},
    }

    for reason, change in mended.items():
        assert rules.find_exclusion(asked, adviser) == reason
        adviser = replace(adviser, **change)
    assert rules.find_exclusion(asked, adviser) is None
