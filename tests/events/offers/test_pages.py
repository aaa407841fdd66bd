"""The page of one offer: what it says of time and place, of the chance of a seat, and of other offers."""

import pytest

from shared.testing.services import Running
from tests.events.page_reader import find_titles, read_page
from tests.events.sample_year import YEAR

WEST, ASIA, SERIES, WIEN = YEAR


async def test_an_offer_says_when_and_where_in_the_places_own_time(year: Running) -> None:
    english, german = (
        await read_page(year, "/events/westbalkan"),
        await read_page(year, "/events/westbalkan?lang=de"),
    )

    assert "Mon, 10 Mar – Tue, 11 Mar 2098" in english
    assert "14:00 to 16:00 CET on the last day, Europe/Tirane" in english
    assert "Mo., 10. – Di., 11. März 2098" in german
    assert "40 Plätze frei" in german
    assert "Auswärtiges Amt" in german
    assert "2098-04-10T18:00+05:00" in await read_page(year, "/events/central-asia")


async def test_a_full_offer_says_how_many_wait_and_what_happens_next(year: Running) -> None:
    html = await read_page(year, "/events/stammtisch-wien")

    assert ">Waiting list</h2>" in html
    assert "3 are waiting for 10 places. A place that becomes free goes to the first in line at once." in html
    assert "Registration ends on Wed, 2 Apr 2098, 22:00 CEST." in html


async def test_an_offer_names_others_like_it_with_the_reason(year: Running) -> None:
    html = await read_page(year, "/events/westbalkan")

    assert find_titles(html)[0] == ASIA
    assert "<span>Same theme</span><span>Same kind</span><span>Same host</span>" in html


@pytest.mark.parametrize("slug", ["nothing", "%00", "%FF", "No thing"])
async def test_an_unknown_offer_gets_a_page_that_leads_on(events: Running, slug: str) -> None:
    answer = await events.http.get(f"/events/{slug}", headers={"Accept-Language": "de"})

    assert answer.status_code == 404
    assert "Dieses Angebot gibt es nicht" in answer.text
