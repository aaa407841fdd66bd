"""The pages: what they say of an offer, in both languages, with nothing inline and no link that leads nowhere."""

import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.i18n.languages import LANGUAGES
from shared.testing.services import Running
from tests.events.page_reader import read_page
from tests.events.sample_year import YEAR
from tests.events.samples import CreateOffer

PARTNERS = ("/partners", "/partners/changes", "/partners/topics/events.offer.v1")
# Other services bring them.
ELSEWHERE = ("/sign-in", "/me", "/advice", "/console", "/organisations")
WEST, ASIA, SERIES, WIEN = YEAR
PARTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1
) | st.sampled_from(["<b>", "</script>", "&amp;", "&", "<", '"', "'", "{{ 1 }}", "]]>", "<!--"])


async def test_text_of_an_offer_never_becomes_markup(events: Running, create_offer: CreateOffer) -> None:
    nasty = '<script>alert("x")</script>{{ 7 * 7 }}'
    await create_offer(slug="nasty", title=nasty, summary=nasty, city=nasty)

    for address in ("/", "/?view=months", "/events/nasty", '/?q="><script>', "/offers.atom"):
        html = (await events.http.get(address)).text
        assert "<script>" not in html
        assert "alert(" not in html or "&lt;script&gt;" in html


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PARTS, min_size=1, max_size=6).map("".join))
async def test_a_reader_of_the_page_finds_any_text_as_it_was_written(living_year: Running, text: str) -> None:
    await living_year.pool.execute(
        "UPDATE offer SET title = $1, summary = $1, changed_at = clock_timestamp() WHERE slug = 'westbalkan'",
        text,
    )

    for address in ("/", "/?view=months", "/events/westbalkan"):
        reader = TextReader()
        reader.feed(await read_page(living_year, address))
        assert text in "".join(reader.texts)


class TextReader(HTMLParser):
    """Collects what a page says."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@pytest.mark.parametrize(
    "address",
    ["/", "/?view=months&q=o", "/?view=countries", "/?country=FR", "/events/westbalkan", *PARTNERS],
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_each_page_speaks_each_language_and_runs_nothing_inline(
    year: Running, address: str, language: str
) -> None:
    answer = await year.http.get(address, headers={"Accept-Language": f"fr, {language};q=0.9"})

    assert f'<html lang="{language}">' in answer.text
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?! src=)| style=| on[a-z]+=", answer.text)


async def test_each_link_of_the_pages_leads_somewhere(year: Running) -> None:
    for address in (
        "/",
        "/?view=months",
        "/?view=countries&region=europe",
        "/events/westbalkan",
        *PARTNERS,
    ):
        html = await read_page(year, address)
        links = {unescape(link) for link in re.findall(r' (?:href|src)="([^"#][^"]*)"', html)}
        for link in links:
            there = urlsplit(link)
            if there.path.startswith(ELSEWHERE):
                continue
            answer = await year.http.get(there.path + (f"?{there.query}" if there.query else ""))
            assert answer.status_code == 200, link


async def test_titles_carry_their_own_language(year: Running) -> None:
    html = await read_page(year, "/")

    assert f'lang="en">{ASIA}</a>' in html
    assert f'lang="de">{WIEN}</a>' in html


@pytest.mark.parametrize("address", ["/", "/events/westbalkan", *PARTNERS, "/offers.ics"])
async def test_who_only_looks_whether_a_page_is_there_gets_its_head(year: Running, address: str) -> None:
    answer = await year.http.head(address)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == (await year.http.get(address)).headers["content-type"]
