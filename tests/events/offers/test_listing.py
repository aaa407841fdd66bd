"""The list of all offers: each filter, their combination, the counts of facets, and pages."""

from dataclasses import replace
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from services.events.offers import offers
from services.events.offers.offer_filter import OfferFilter
from services.events.offers.rules import LifecycleState
from services.events.overview import facets
from shared.contracts import vocabulary
from shared.postgres.pool import transaction
from shared.testing.services import Running
from tests.events.samples import CreateOffer

Offers: TypeAlias = dict[str, UUID]


def build_occurrences(day: str) -> list[dict[str, str]]:
    return [{"starts": f"{day}T18:00", "ends": f"{day}T20:00"}]


YEAR: dict[str, dict[str, Any]] = {
    "tirana": {
        "organisation": "auswaertiges-amt",
        "co_hosts": ["daad"],
        "kind": "regional-meeting",
        "title": "Regionaltreffen Westbalkan",
        "country": "AL",
        "city": "Tirana",
        "languages": ["en"],
        "themes": ["eu-accession", "diplomacy"],
        "occurrences": build_occurrences("2098-03-10"),
    },
    "almaty": {
        "organisation": "auswaertiges-amt",
        "kind": "regional-meeting",
        "title": "Central Asia meets",
        "country": "KZ",
        "city": "Almaty",
        "languages": ["en", "ru"],
        "themes": ["diplomacy"],
        "timezone": "Asia/Almaty",
        "occurrences": build_occurrences("2098-04-10"),
    },
    "series": {
        "organisation": "daad",
        "kind": "online-series",
        "title": "Unternehmergespräche",
        "mode": "online",
        "country": None,
        "city": None,
        "languages": ["de", "ru"],
        "themes": ["migration"],
        "occurrences": [*build_occurrences("2098-03-20"), *build_occurrences("2098-05-20")],
    },
}


@pytest.fixture
async def year(create_offer: CreateOffer) -> Offers:
    return {name: await create_offer(slug=name, **changes) for name, changes in YEAR.items()}


async def list_slugs(events: Running, query: str) -> list[str]:
    answer = await events.http.get(f"/offers?{query}")
    assert answer.status_code == 200, answer.text
    return [item["slug"] for item in answer.json()["items"]]


FILTERS = [
    ("", ["tirana", "series", "almaty"]),
    ("organisation=auswaertiges-amt", ["tirana", "almaty"]),
    ("organisation=daad", ["tirana", "series"]),
    ("country=AL&country=KZ", ["tirana", "almaty"]),
    (f"region={vocabulary.country_region('KZ')}", ["almaty"]),
    ("theme=diplomacy", ["tirana", "almaty"]),
    ("theme=diplomacy&theme=migration", ["tirana", "series", "almaty"]),
    ("month=2098-05", ["series"]),
    ("month=2098-03", ["tirana", "series"]),
    ("kind=online-series", ["series"]),
    ("mode=onsite", ["tirana", "almaty"]),
    ("language=ru", ["series", "almaty"]),
    ("language=ru&mode=onsite", ["almaty"]),
    ("organisation=daad&country=KZ", []),
    ("q=TIRANA", ["tirana"]),
    ("q=unternehmergesprache", ["series"]),
    ("q=auswartiges", ["tirana", "almaty"]),
    ("q=Kasachstan", ["almaty"]),
    ("q=regional meeting diplomatie", ["tirana", "almaty"]),
    ("q=%25", []),
    ("q=%00%5C", []),
    ("places_left=true", ["tirana", "series", "almaty"]),
]


@pytest.mark.usefixtures("year")
async def test_a_filter_leaves_what_it_says(events: Running) -> None:
    assert {query: await list_slugs(events, query) for query, _ in FILTERS} == dict(FILTERS)


async def test_a_full_offer_has_no_places_left(events: Running, year: Offers) -> None:
    await events.pool.execute("UPDATE offer SET places = 1, public_registered = 1 WHERE slug = 'tirana'")

    assert await list_slugs(events, "places_left=true") == ["series", "almaty"]


async def test_cancelled_offers_leave_the_list(events: Running, year: Offers) -> None:
    await events.http.post(f"/offers/{year['tirana']}/cancellation", json={"reason": "Zu wenige Zusagen."})

    assert await list_slugs(events, "") == ["series", "almaty"]


async def test_pages_follow_each_other_without_gap(events: Running, year: Offers) -> None:
    slugs, cursor = [], ""
    while cursor is not None:
        page = (await events.http.get(f"/offers?limit=1{cursor}")).json()
        slugs += [item["slug"] for item in page["items"]]
        cursor = page["next"] and f"&cursor={page['next']}"

    assert slugs == ["tirana", "series", "almaty"]


async def test_a_foreign_cursor_is_refused(events: Running, create_offer: CreateOffer) -> None:
    offer = await create_offer()
    for cursor in ("nonsense", "WyJ4Il0", "W10", "WyJ4IiwgInkiXQ", "W251bGwsIG51bGxd"):
        for path in ("/offers", f"/offers/{offer}/registrations"):
            answer = await events.http.get(f"{path}?cursor={cursor}")
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/cursor-unknown")


QUESTIONS = [
    OfferFilter(),
    OfferFilter(organisation=("daad",)),
    OfferFilter(theme=("diplomacy",), language=("ru",)),
    OfferFilter(month=("2098-03",), q="regionaltreffen"),
    OfferFilter(country=("AL",), kind=("regional-meeting",), places_left=True),
]


@pytest.mark.usefixtures("year")
async def test_a_count_says_what_choosing_that_value_would_leave(events: Running) -> None:
    async with transaction(events.pool) as tx:
        for wanted in QUESTIONS:
            for group, values in (await facets.count_facets(tx, wanted)).items():
                for value, count in values.items():
                    choice: dict[str, Any] = {group: (value,)}
                    chosen = replace(wanted, **choice)
                    assert (
                        await offers.count_offers(tx, chosen)
                        == len(await offers.list_offers(tx, chosen, 100))
                        == count
                    )


@pytest.mark.usefixtures("year")
async def test_counts_ignore_what_is_chosen_in_their_own_group(events: Running) -> None:
    async with transaction(events.pool) as tx:
        counts = await facets.count_facets(tx, OfferFilter(country=("KZ",)))

    assert counts["country"] == {"AL": 1, "KZ": 1}
    assert counts["organisation"] == {"auswaertiges-amt": 1}


async def test_a_draft_is_in_no_list_whatever_is_asked_for(
    events: Running, create_offer: CreateOffer
) -> None:
    await create_offer(published=False)

    async with transaction(events.pool) as tx:
        assert await offers.list_offers(tx, OfferFilter(state=tuple(LifecycleState)), 10) == []
