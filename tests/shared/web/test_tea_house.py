"""What the frame gives to any service: pages that run nothing foreign, assets that may be kept, feeds that rest."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.shared.web.tea_house import create_tea_house


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_tea_house())
    async with httpx.AsyncClient(transport=transport, base_url="https://tea.example") as client:
        yield client


async def test_a_page_stands_in_the_frame_in_the_language_asked_for(http: httpx.AsyncClient) -> None:
    page = await http.get("/", headers={"Accept-Language": "de"})

    assert page.headers["Content-Language"] == "de"
    assert '<html lang="de">' in page.text
    assert "<title>Unsere Tees – Alumnibus</title>" in page.text
    assert "Zum Inhalt springen" in page.text
    assert '<a href="/" aria-current="page">Angebote</a>' in page.text
    assert "&lt;b&gt;Assam&lt;/b&gt;" in page.text


async def test_a_page_runs_and_loads_nothing_but_its_own_files(http: httpx.AsyncClient) -> None:
    page = await http.get("/")

    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not re.search(r"<script(?! src=)| style=| on[a-z]+=|//[a-z]", page.text)


async def test_the_switch_of_languages_keeps_what_was_asked_for(http: httpx.AsyncClient) -> None:
    page = (await http.get("/?sort=green&sort=mud&utm_source=letter")).text

    assert '<a href="/?sort=green&amp;lang=de" lang="de" hreflang="de">DE' in page
    assert '<a href="/?sort=green&amp;lang=en" lang="en" hreflang="en" aria-current="true">EN' in page


async def test_files_are_kept_under_names_of_their_content(http: httpx.AsyncClient) -> None:
    paths = re.findall(r'"(/static/[^"]+)"', (await http.get("/")).text)

    assert len(paths) == 4
    for path in paths:
        assert re.fullmatch(r"/static/[\w.]+\.[0-9a-f]{12}\.(css|js|svg)", path)
        assert "immutable" in (await http.get(path)).headers["Cache-Control"]
    for missing in ("/static/alumnibus.css", "/static/..%2Fpages.py", "/static/htmx.LICENSE.txt"):
        assert (await http.get(missing)).status_code == 404


async def test_a_feed_says_where_it_was_reached_and_how_to_save_it(http: httpx.AsyncClient) -> None:
    feed = await http.get("/teas.csv?sort=green")

    assert feed.content.decode("utf-8-sig").splitlines() == [
        '"Tea","url"',
        '"Sencha","https://tea.example/Sencha"',
    ]
    assert feed.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert feed.headers["Content-Disposition"] == 'inline; filename="teas.csv"'
    assert feed.headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("If-None-Match", "{tag}", 304),
        ("If-None-Match", '"other", W/{tag}', 304),
        ("If-None-Match", "*", 304),
        ("If-None-Match", '"other"', 200),
        ("If-Modified-Since", "Mon, 04 May 2026 12:30:00 GMT", 304),
        ("If-Modified-Since", "Mon, 04 May 2026 12:29:59 GMT", 200),
        ("If-Modified-Since", "Tue, 99 Foo 2026 00:00:00 GMT", 200),
        ("If-Modified-Since", "yesterday", 200),
    ],
)
async def test_who_has_a_feed_already_does_not_get_it_again(
    http: httpx.AsyncClient, header: str, value: str, status: int
) -> None:
    first = await http.get("/teas.csv")
    again = await http.get("/teas.csv", headers={header: value.format(tag=first.headers["ETag"])})

    assert (again.status_code, again.headers["ETag"]) == (status, first.headers["ETag"])
    assert first.headers["Last-Modified"] == "Mon, 04 May 2026 12:30:00 GMT"
    assert again.content == (first.content if status == 200 else b"")


async def test_a_tag_outweighs_a_date(http: httpx.AsyncClient) -> None:
    date = (await http.get("/teas.csv")).headers["Last-Modified"]
    answer = await http.get("/teas.csv", headers={"If-None-Match": '"other"', "If-Modified-Since": date})

    assert answer.status_code == 200


async def test_a_feed_refuses_what_a_page_leaves_out(http: httpx.AsyncClient) -> None:
    refusal = await http.get("/teas.csv?sort=mud")

    assert refusal.status_code == 422
    assert refusal.json()["errors"][0]["field"] == "query.sort.0"
    assert (await http.get("/?sort=mud")).status_code == 200
