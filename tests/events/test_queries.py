"""One query means the same everywhere: what the API lists, the page shows, and each feed holds."""

from typing import TypeAlias
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.events.offers.query import OfferFilterQuery
from shared.testing.services import Running
from tests.events.feeds.feed_reader import FORMATS, read_titles
from tests.events.page_reader import find_titles

Pair: TypeAlias = tuple[str, str]

VALUES = [
    "europe", "atlantis", "AT", "AL", "XX", "at", "daad", "niemand", "Kein Slug", "diplomacy", "migration",
    "stammtisch", "party", "online", "hybrid", "somewhere", "de", "ru", "qq", "2098-04", "2098-13", "1998-04",
    "1", "0", "true", "yes", "no", "perhaps", "", " ", "wien", "o", "\0",
]  # fmt: skip
PAIRS = st.tuples(
    st.sampled_from([*OfferFilterQuery.model_fields, "places", "Region"]),
    st.sampled_from(VALUES) | st.text(max_size=4),
)


async def list_titles(events: Running, pairs: list[Pair]) -> set[str] | None:
    """What the API lists; None if it refuses."""
    answer = await events.http.get(f"/offers?{urlencode(pairs)}")
    if answer.status_code == 422:
        return None
    return {item["title"] for item in answer.json()["items"]}


async def list_feed_titles(events: Running, format: str, query: str) -> set[str] | None:
    answer = await events.http.get(f"/offers.{format}?{query}")
    return None if answer.status_code == 422 else read_titles(format, answer.content)


@settings(deadline=None, max_examples=150)
@given(st.lists(PAIRS, max_size=5))
async def test_api_page_and_feeds_select_the_same_offers(year: Running, pairs: list[Pair]) -> None:
    listed = await list_titles(year, pairs)
    valid = [pair for pair in pairs if await list_titles(year, [pair]) is not None]
    query = urlencode(pairs)

    for format in FORMATS:
        assert await list_feed_titles(year, format, query) == listed
    page = await year.http.get(f"/?{query}")
    assert page.status_code == 200
    assert set(find_titles(page.text)) == await list_titles(year, valid)


@pytest.mark.parametrize("path", ["/offers", "/offers.ics", "/offers.atom", "/offers.csv", "/offers.json"])
@pytest.mark.parametrize(
    ("query", "refused"),
    [
        ("region=atlantis", "query.region.0"),
        ("country=AT&country=XX", "query.country.1"),
        ("month=2098-13", "query.month.0"),
        ("theme=unknown", "query.theme.0"),
        ("kind=party", "query.kind.0"),
        ("mode=somewhere", "query.mode.0"),
        ("language=qq", "query.language.0"),
        ("organisation=Kein+Slug", "query.organisation.0"),
        ("places_left=perhaps", "query.places_left"),
        (f"q={'x' * 201}", "query.q"),
        ("places-left=1", "query.places-left"),
    ],
)
async def test_what_is_no_filter_is_refused_by_its_name(
    year: Running, path: str, query: str, refused: str
) -> None:
    answer = await year.http.get(f"{path}?{query}")

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [refused]


async def test_feeds_know_what_belongs_to_pages_and_the_api_does_not(year: Running) -> None:
    known = "lang=en&view=months&page=2"
    for format in FORMATS:
        answer = await year.http.get(f"/offers.{format}?{known}", headers={"Accept-Language": "de"})
        assert answer.headers["Content-Language"] == "en"
        assert len(read_titles(format, answer.content)) == 4
        assert (await year.http.get(f"/offers.{format}?lang=xx")).status_code == 422

    refused = (await year.http.get(f"/offers?{known}")).json()["errors"]
    assert [error["field"] for error in refused] == ["query.lang", "query.view", "query.page"]


@pytest.mark.parametrize(
    "path", ["/offers/{id}", "/offers/{id}/registrations", "/registrations/{id}", "/statistics"]
)
async def test_every_other_question_knows_its_own_parameters_alone(year: Running, path: str) -> None:
    offer = await year.pool.fetchval("SELECT offer FROM offer LIMIT 1")
    answer = await year.http.get(f"{path.format(id=offer)}?state=published")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "query.state"
