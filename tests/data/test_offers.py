"""The year of offers is plausible, varied, never in the past, and speaks the vocabulary."""

from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.data.offers import plan_offers
from deploy.local.data.organisations import load_all_organisations
from shared.contracts import vocabulary

START = date(2026, 12, 1)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 1)).map(lambda day: day.replace(day=1)))
def test_nothing_lies_before_the_start_or_after_two_years(start: date) -> None:
    for offer in plan_offers(start):
        for occurrence in offer["occurrences"]:
            begins, ends = (datetime.fromisoformat(occurrence[name]) for name in ("starts", "ends"))
            assert begins.date() >= start
            assert begins < ends
            assert ends.year <= start.year + 2


@given(st.sampled_from([date(2026, 12, 1), date(2027, 2, 1), date(2027, 5, 1), date(2028, 2, 1)]))
def test_registration_closes_between_the_start_and_the_first_occurrence(start: date) -> None:
    for offer in plan_offers(start):
        closes = offer["registration_closes"]
        assert closes is None or start.isoformat() <= closes < offer["occurrences"][0]["starts"]


def test_the_year_starts_on_the_first_of_a_month() -> None:
    with pytest.raises(ValueError, match="first of a month"):
        plan_offers(date(2026, 12, 2))


def test_six_organisations_publish_about_sixty_offers_of_every_kind() -> None:
    year = plan_offers(START)
    assert len(year) >= 58
    assert len({offer["slug"] for offer in year}) == len(year)
    assert len({offer["organisation"] for offer in year}) == 6
    assert {offer["kind"] for offer in year} == set(vocabulary.kinds())
    assert {offer["mode"] for offer in year} == {"onsite", "online", "hybrid"}
    assert set(Counter(offer["title_language"] for offer in year)) == {"de", "en"}


def test_each_month_of_ten_has_something() -> None:
    months = {occ["starts"][:7] for offer in plan_offers(START) for occ in offer["occurrences"]}
    assert {f"2027-{month:02d}" for month in range(1, 10)} | {"2026-12"} <= months


def test_every_slug_code_and_zone_is_known() -> None:
    organisations = {entry["slug"] for entry in load_all_organisations()}
    for offer in plan_offers(START):
        assert {offer["organisation"], *offer["co_hosts"]} <= organisations
        assert offer["organisation"] not in offer["co_hosts"]
        assert set(offer["themes"]) <= set(vocabulary.themes())
        assert set(offer["languages"]) <= set(vocabulary.languages())
        assert offer["country"] is None or offer["country"] in vocabulary.countries()
        assert (offer["country"] is None) == (offer["mode"] == "online") == (offer["city"] is None)
        assert ZoneInfo(offer["timezone"])


def test_the_offers_that_the_journey_names_are_there() -> None:
    year = {offer["slug"]: offer for offer in plan_offers(START)}
    assert year["ips-kolloquium"]["places"] == 64
    assert year["ips-kolloquium"]["city"] == "Berlin"
    assert year["ips-kolloquium"]["waiting_list"]
    assert len(year["deutsch-russische-unternehmergespraeche"]["occurrences"]) == 3
    assert len(year["sprechstunde-staedtepartnerschaften"]["occurrences"]) >= 8
    assert len(year["regionaltreffen-westbalkan"]["co_hosts"]) >= 2
