"""The pages in a real browser: they fit every width, run without errors, and work by hand and by keyboard."""

import asyncio
from pathlib import Path

import pytest

from tests.pages.browser import Browser

pytestmark = pytest.mark.pages

PAGES = {
    "overview": "/",
    "months": "/?view=months",
    "countries": "/?view=countries",
    "filtered": "/?region=europe&language=en&language=de&places_left=1",
    "empty": "/?language=ru&kind=stammtisch",
    "offer": "/events/westbalkan",
    "series": "/events/unternehmergespraeche",
    "full": "/events/stammtisch-wien",
    "partners": "/partners",
    "topic": "/partners/topics/events.offer.v1",
    "personal-topic": "/partners/topics/notifications.outbound.organisation.v1",
    "changes": "/partners/changes",
    "interface": "/docs",
}
TYPE = "{ q.value += letter; q.dispatchEvent(new Event('input', {bubbles: true})); }"
ASKED = (
    "performance.getEntriesByType('resource').map(e => new URL(e.name).search).filter(s => s.includes('q='))"
)
WIDTHS = (320, 390, 600, 768, 960, 1280, 1440, 1920)


@pytest.mark.parametrize("language", ["en", "de"])
async def test_no_page_runs_over_the_side_at_any_width(browser: Browser, site: str, language: str) -> None:
    def look() -> None:
        for address in PAGES.values():
            browser.open(f"{site}{address}{'&' if '?' in address else '?'}lang={language}")
            for width in WIDTHS:
                browser.size(width, 900)
                over = browser.run("document.documentElement.scrollWidth - innerWidth")
                assert over <= 0, (address, width)
        assert browser.errors == []

    await asyncio.to_thread(look)


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_each_page_can_be_pictured(
    browser: Browser, site: str, pictures: Path, width: int, scheme: str
) -> None:
    def picture() -> None:
        browser.scheme(scheme)
        browser.size(width, 1200)
        for name, address in PAGES.items():
            browser.open(f"{site}{address}")
            browser.picture(pictures / f"{name}-{scheme}-{width}.png")

        assert len(list(pictures.glob(f"*-{scheme}-{width}.png"))) == len(PAGES)

    await asyncio.to_thread(picture)


async def test_choosing_a_filter_keeps_focus_and_open_groups_and_pushes_the_address(
    browser: Browser, site: str
) -> None:
    def choose() -> None:
        browser.size(1440, 900)
        browser.open(f"{site}/")
        browser.run("document.getElementById('g-theme').open = true")
        browser.run("document.getElementById('f-region-europe').focus()")
        browser.run("document.activeElement.click()")
        browser.until("document.getElementById('count').textContent.includes('2 offers')")
        assert browser.run("location.search") == "?region=europe"
        assert browser.run("document.activeElement.id") == "f-region-europe"
        assert browser.run("document.getElementById('g-theme').open")
        assert browser.run("document.querySelectorAll('.chip').length") == 1
        browser.run("history.back()")
        browser.until("document.getElementById('count')?.textContent.includes('4 offers')")
        assert not browser.run("document.getElementById('f-region-europe').checked")
        assert browser.errors == []

    await asyncio.to_thread(choose)


async def test_searching_waits_for_a_pause_and_stays_in_the_field(browser: Browser, site: str) -> None:
    def search() -> None:
        browser.open(f"{site}/")
        browser.run("document.getElementById('q').focus()")
        browser.run(f"for (const letter of 'wien') {TYPE}")
        browser.until("document.getElementById('count').textContent.includes('1 offer')")
        assert browser.run("location.search") == "?q=wien"
        assert browser.run(ASKED) == ["?q=wien"]
        assert browser.run("document.activeElement.id") == "q"

    await asyncio.to_thread(search)


async def test_on_a_phone_the_filters_are_a_sheet_that_says_what_it_will_show(
    browser: Browser, site: str
) -> None:
    def filter_on_a_phone() -> None:
        browser.size(390, 844)
        browser.open(f"{site}/?lang=de")
        browser.run("document.querySelector('[popovertarget=filters].narrow-only').click()")
        assert browser.run("document.getElementById('filters').matches(':popover-open')")
        browser.run("document.getElementById('f-mode-online').click()")
        browser.until("document.getElementById('done').textContent === '1 Angebot zeigen'")
        browser.run("document.getElementById('done').click()")
        browser.until("!document.getElementById('filters').matches(':popover-open')")
        assert browser.run("location.search") == "?mode=online&lang=de"

    await asyncio.to_thread(filter_on_a_phone)


async def test_escape_closes_a_menu_and_returns_to_its_button(browser: Browser, site: str) -> None:
    def press() -> None:
        browser.size(1440, 900)
        browser.open(f"{site}/")
        browser.run("document.querySelector('#subscribe summary').click()")
        browser.run("document.querySelector('#subscribe a').focus()")
        browser.press("Escape")
        browser.until("!document.getElementById('subscribe').open")
        assert browser.run("document.activeElement.matches('#subscribe summary')")

    await asyncio.to_thread(press)


async def test_a_topic_is_read_by_keyboard_alone(browser: Browser, site: str) -> None:
    def read() -> None:
        browser.size(390, 844)
        browser.open(f"{site}/partners/topics/events.offer.v1")
        browser.run("document.querySelector('main a').focus()")
        reached: list[str] = []
        for _ in range(5):
            browser.press("Tab")
            reached.append(browser.run("document.activeElement.textContent.trim().slice(0, 11)"))
            assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert reached[:2] == ["JSON Schema", "AsyncAPI"]
        assert reached[-1].startswith("{")

    await asyncio.to_thread(read)


async def test_without_a_script_the_form_is_sent_as_it_is(browser: Browser, site: str) -> None:
    def send() -> None:
        browser.size(1440, 900)
        browser.scripts(on=False)
        browser.open(f"{site}/?region=europe")
        assert browser.run("document.querySelector('noscript button') !== null")
        browser.run("document.getElementById('f-country-AT').checked = true")
        browser.run("HTMLFormElement.prototype.submit.call(document.getElementById('f'))")
        browser.arrive("new URLSearchParams(location.search).get('country') === 'AT'")
        assert browser.run("document.getElementById('count').textContent.includes('1 offer')")

    await asyncio.to_thread(send)
