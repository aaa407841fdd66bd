"""The overview: what it lists and counts, by list, month and country, and its way out of an empty list."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import QueryParams

import services.events
from services.events.offers.query import OfferQuery
from services.events.overview.overview import PER_PAGE, read_overview
from shared.postgres.pool import transaction
from shared.testing.services import Running
from tests.events.page_reader import find_titles, read_page
from tests.events.sample_year import YEAR, build_occurrence, cancel_offer
from tests.events.samples import CreateOffer

WEST, ASIA, SERIES, WIEN = YEAR
MONTHS_UNTIL_MIDNIGHT = Path(services.events.__path__[0]) / "migrations" / "0003_months_until_midnight.sql"


def read_choice_counts(html: str) -> dict[tuple[str, str], int]:
    """The number beside each value that can be chosen or is."""
    options = re.findall(
        r'name="(\w+)" value="([^"]+)"( checked| disabled)?>.*?<span class="num">([\d,.]+)</span>', html
    )
    return {(group, value): int(number) for group, value, state, number in options if state != " disabled"}


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("", [WEST, SERIES, WIEN, ASIA]),
        ("organisation=auswaertiges-amt", [WEST, ASIA]),
        ("organisation=daad", [WEST, SERIES]),
        ("country=AT", [WIEN]),
        ("region=europe", [WEST, WIEN]),
        ("theme=diplomacy", [WEST, ASIA]),
        ("month=2098-04", [WIEN, ASIA]),
        ("kind=stammtisch", [WIEN]),
        ("mode=hybrid", [ASIA]),
        ("language=ru", [SERIES, ASIA]),
        ("q=TIRANA", [WEST]),
        ("q=unternehmergesprache", [SERIES]),
        ("places_left=1", [WEST, SERIES, ASIA]),
        ("country=AT&country=KZ", [WIEN, ASIA]),
        ("country=AT&country=KZ&language=ru", [ASIA]),
        ("region=europe&kind=regional-meeting&q=balkan", [WEST]),
        ("country=%00&month=x y&page=-1&view=nothing&lang=xx&unknown=1", [WEST, SERIES, WIEN, ASIA]),
    ],
)
async def test_a_filter_leaves_what_it_names(year: Running, query: str, left: Sequence[str]) -> None:
    assert find_titles(await read_page(year, f"/?{query}")) == left


@pytest.mark.parametrize("query", ["", "region=europe", "language=ru&mode=online", "q=o"])
async def test_a_count_says_what_choosing_would_leave(year: Running, query: str) -> None:
    chosen = QueryParams(query).multi_items()
    counts = read_choice_counts(await read_page(year, f"/?{query}"))

    assert counts
    for (group, value), number in counts.items():
        others = [(g, v) for g, v in chosen if g != group]
        found = find_titles(await read_page(year, f"/?{QueryParams([*others, (group, value)])}"))
        assert len(found) == number, (group, value)


async def test_values_that_would_leave_nothing_stay_visible_but_cannot_be_chosen(year: Running) -> None:
    html = await read_page(year, "/?country=AT")

    assert re.search(r'name="language" value="ru" disabled>', html)
    assert not re.search(r'value="AT" disabled', html)


async def test_an_active_filter_can_be_dropped_by_its_chip(year: Running) -> None:
    html = await read_page(year, "/?country=AT&language=de&q=wien&places_left=1")

    labels = re.findall(r'aria-label="(Remove filter [^"]*)"', html)
    assert labels == [
        "Remove filter Country: Austria",
        "Remove filter Language: German",
        "Remove filter Places left",
        "Remove filter Search: wien",
    ]
    assert 'href="/?country=AT&amp;language=de&amp;q=wien"' in html


@pytest.mark.parametrize(
    ("query", "sentence", "address"),
    [
        ("language=ru&kind=stammtisch", "“Kind: Stammtisch” leaves nothing over", "/?language=ru"),
        ("country=AL&q=wien", "“Country: Albania” leaves nothing over", "/?q=wien"),
        (
            "country=AT&kind=online-series&theme=diplomacy",
            "“Theme: Diplomacy” alone has 2",
            "/?theme=diplomacy",
        ),
        ("country=FR", "“Country: France” leaves nothing over. Without it there are 4", "/"),
        ("country=FR&theme=logistics", "There are no offers for any of these filters", "/"),
    ],
)
async def test_an_empty_list_shows_a_way_out(year: Running, query: str, sentence: str, address: str) -> None:
    html = await read_page(year, f"/?{query}")

    assert "No offer fits these filters" in html
    assert sentence in unescape(html)
    assert f'href="{address}">' in html


async def test_without_any_offer_the_page_says_what_will_come(events: Running) -> None:
    html = await read_page(events, "/")

    assert "Nothing is planned yet" in html
    assert "0 offers of 0 organisations in 0 countries." in html


async def test_a_series_is_listed_once_but_stands_in_each_of_its_months(year: Running) -> None:
    board = await read_page(year, "/?view=months")

    assert find_titles(await read_page(year, "/")).count(SERIES) == 1
    assert board.count(f">{SERIES}</b>") == 3
    assert re.findall(r'<section aria-label="(\w+ 2098)">', board) == [
        f"{month} 2098" for month in ("March", "April", "May", "June")
    ]


async def test_what_begins_in_a_month_before_stands_also_where_it_goes_on(
    events: Running, create_offer: CreateOffer
) -> None:
    await create_offer(
        title="Winterschule", occurrences=[{"starts": "2099-01-30T09:00", "ends": "2099-02-02T12:00"}]
    )

    board = await read_page(events, "/?view=months&month=2099-02")
    assert re.findall(r'<section aria-label="(\w+ 2099)">', board) == ["February 2099"]
    assert '<span class="num">30 Jan – 2 Feb</span><b lang="de">Winterschule</b>' in board
    listed = await read_page(events, "/?month=2099-02")
    assert '<h2 id="m-2099-02">February 2099' in listed
    assert "<span>30 Jan – 2 Feb</span>" in listed
    assert "<span>30. Jan. – 2. Feb.</span>" in await read_page(events, "/?month=2099-02&lang=de")
    assert find_titles(await read_page(events, "/?month=2099-03")) == []


async def test_what_ends_at_midnight_is_of_the_month_before_also_where_it_was_stored_before(
    events: Running, create_offer: CreateOffer
) -> None:
    evening = {"starts": "2099-01-31T18:00", "ends": "2099-02-01T00:00"}
    weeks = {"starts": "2098-12-15T18:00", "ends": "2099-02-01T00:00:00"}
    dawn = {"starts": "2099-01-31T18:00", "ends": "2099-02-01T00:01"}
    for title, occurrences in {"Evening": [evening], "Weeks": [evening, weeks], "Dawn": [dawn]}.items():
        await create_offer(title=title, occurrences=occurrences)
    made = await events.pool.fetch("SELECT title, months FROM offer ORDER BY title")
    await events.pool.execute("UPDATE offer SET months = months || '{2099-02}' WHERE title <> 'Dawn'")

    await events.pool.execute(MONTHS_UNTIL_MIDNIGHT.read_text())

    assert await events.pool.fetch("SELECT title, months FROM offer ORDER BY title") == made
    assert find_titles(await read_page(events, "/?month=2099-02")) == ["Dawn"]


async def test_the_list_shows_a_series_by_its_date_in_the_chosen_month(year: Running) -> None:
    html = await read_page(year, "/?month=2098-05")

    assert "May 2098" in html
    assert find_titles(html) == [SERIES]


async def test_countries_are_counted_by_month_and_lead_to_their_offers(year: Running) -> None:
    html = await read_page(year, "/?view=countries&language=en")

    [address] = re.findall(r'href="([^"]*)" aria-label="Albania, March 2098: 1 offer"', html)
    assert find_titles(await read_page(year, unescape(address))) == [WEST]


async def test_a_cancelled_offer_stays_listed_and_says_so(living_year: Running) -> None:
    await cancel_offer(living_year, "westbalkan")

    assert '<b class="bad">Cancelled</b>' in await read_page(living_year, "/?country=AL")
    assert find_titles(await read_page(living_year, "/?places_left=1")) == [SERIES, ASIA]
    assert "Zu wenige Anmeldungen." in await read_page(living_year, "/events/westbalkan")


async def test_what_is_over_and_what_is_a_draft_is_not_listed(
    events: Running, create_offer: CreateOffer
) -> None:
    await create_offer(slug="over")
    await events.pool.execute(
        "UPDATE offer SET starts_at = now() - interval '2 days', ends_at = now() - interval '1 day'"
    )
    await create_offer(slug="private", published=False)

    assert find_titles(await read_page(events, "/")) == []
    assert (await events.http.get("/events/private")).status_code == 404


async def test_a_long_list_is_turned_page_by_page(events: Running, create_offer: CreateOffer) -> None:
    for number in range(PER_PAGE + 2):
        await create_offer(
            title=f"Offer {number}", occurrences=[build_occurrence(f"{number % 12 + 1:02d}-05")]
        )

    html = await read_page(events, "/?lang=en")

    assert "Show 2 more, from December 2098" in html
    [address] = re.findall(r'class="further"><a class="btn" href="([^"]*)"', html)
    rest = find_titles(await read_page(events, unescape(address)))
    assert len(find_titles(html)) == PER_PAGE
    assert set(rest).isdisjoint(find_titles(html))
    assert len(rest) == 2


async def test_htmx_gets_the_results_alone_and_an_address_to_share(year: Running) -> None:
    answer = await year.http.get("/?q=&country=AT&page=1&lang=de", headers={"HX-Request": "true"})

    assert answer.headers["HX-Push-Url"] == "/?country=AT&lang=de"
    assert "HX-Request" in answer.headers["Vary"]
    assert "<html" not in answer.text
    assert find_titles(answer.text) == [WIEN]
    for part in ("count", "acts", "facets", "languages", "done"):
        assert f'id="{part}" hx-swap-oob="innerHTML"' in answer.text


async def test_a_page_asks_the_database_as_often_for_many_offers_as_for_few(
    events: Running, create_offer: CreateOffer
) -> None:
    async def statements() -> int:
        async with transaction(events.pool) as tx:
            counting = CountingTransaction(tx)
            await read_overview(counting, OfferQuery(), "en", datetime.now(UTC))  # type: ignore[arg-type]
            return counting.statements

    await create_offer()
    few = await statements()
    for _ in range(20):
        await create_offer()

    assert await statements() == few


class CountingTransaction:
    """A transaction that counts what it is asked."""

    def __init__(self, tx: Any) -> None:
        self._tx = tx
        self.statements = 0

    def __getattr__(self, name: str) -> Any:
        self.statements += 1
        return getattr(self._tx, name)
