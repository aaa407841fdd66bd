"""The kit of pages in a real browser: open to all, at any width, by keyboard, without a script, in each language."""

import asyncio
from pathlib import Path

import pytest

from tests.pages.accessibility import bring_axe, find_barriers
from tests.pages.browser import Browser
from tests.pages.test_looks import PAGES as PUBLIC_PAGES

pytestmark = pytest.mark.pages

PAGES = {
    "gallery": "/gallery",
    "plan": "/gallery/plan",
    "upload": "/gallery/upload",
    "remove": "/gallery/remove/visitors",
    "running": "/gallery/running",
    "add": "/tallies/new",
    "nothing": "/nothing",
}
# The document of an interface is the runtime's own page.
OF_THE_KIT = [address for name, address in PUBLIC_PAGES.items() if name != "interface"]
LOOKS = [("en", 1440, "light"), ("de", 1440, "dark"), ("de", 390, "light"), ("en", 390, "dark")]
FOCUSED = "document.activeElement"
RING = f"['', '::after'].some(part => getComputedStyle({FOCUSED}, part).outlineStyle === 'solid')"
SEND_WRONG = """document.querySelectorAll('[name=themes]').forEach(box => box.checked = false);
  document.getElementById('f-places').value = 'many'; document.querySelector('.btn.go').click()"""


@pytest.fixture
def visitor(browser: Browser, gallery: str) -> Browser:
    """A browser of someone with every mandate, who finds the whole navigation."""
    browser.cookie(gallery, "role", "everything")
    return browser


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
async def test_the_kit_keeps_nobody_out(
    visitor: Browser, gallery: str, pictures: Path, language: str, width: int, scheme: str
) -> None:
    def look() -> None:
        bring_axe(visitor)
        visitor.scheme(scheme)
        for name, address in PAGES.items():
            visitor.size(width, 900)
            visitor.open(f"{gallery}{address}?lang={language}")
            picture(visitor, pictures / f"kit-{name}-{language}-{width}-{scheme}.png", width)
            assert find_barriers(visitor) == [], address
        visitor.open(f"{gallery}/gallery/plan?lang={language}")
        visitor.run(SEND_WRONG)
        visitor.until(f"{FOCUSED}?.matches('.summary')")
        picture(visitor, pictures / f"kit-errors-{language}-{width}-{scheme}.png", width)
        assert find_barriers(visitor) == []
        visitor.run("document.querySelector('.who details').open = true")
        picture(visitor, pictures / f"kit-menus-{language}-{width}-{scheme}.png", width)
        # On a phone an open menu lies over what is below it, which axe takes for targets that are too small.
        assert width < 600 or find_barriers(visitor) == []

    await asyncio.to_thread(look)


async def test_the_public_pages_keep_nobody_out(browser: Browser, site: str) -> None:
    def look() -> None:
        bring_axe(browser)
        for number, address in enumerate(OF_THE_KIT):
            browser.size((1440, 390)[number % 2], 900)
            browser.scheme(("light", "dark")[number // 2 % 2])
            browser.open(f"{site}{address}")
            assert find_barriers(browser) == [], address

    await asyncio.to_thread(look)


@pytest.mark.parametrize("language", ["en", "de"])
async def test_no_page_of_the_kit_runs_over_the_side_at_any_width(
    visitor: Browser, gallery: str, language: str
) -> None:
    def look() -> None:
        for address in PAGES.values():
            visitor.open(f"{gallery}{address}?lang={language}")
            for width in (320, 390, 600, 768, 960, 1280, 1920):
                visitor.size(width, 900)
                over = visitor.run("document.documentElement.scrollWidth - innerWidth")
                assert over <= 0, (address, width)

    await asyncio.to_thread(look)


async def test_a_form_is_filled_in_by_keyboard_alone(visitor: Browser, gallery: str) -> None:
    def go_to(selector: str) -> None:
        for _ in range(40):
            visitor.press("Tab")
            assert visitor.run(RING), visitor.run(f"{FOCUSED}.outerHTML")
            if visitor.run(f"{FOCUSED}.matches({selector!r})"):
                return
        raise AssertionError(f"never reached: {selector}")

    def fill() -> None:
        visitor.size(1440, 900)
        visitor.open(f"{gallery}/tallies/new")
        go_to("a.skip")
        go_to(".nav summary")
        visitor.press("Enter")
        visitor.until("document.querySelector('.nav details').open")
        go_to("a[href='/organisations/daad']")
        visitor.press("Escape")
        visitor.until(f"{FOCUSED}?.matches('.nav summary')")
        go_to("#f-name")
        visitor.write("No Slug")
        visitor.press("Enter")
        visitor.until(f"{FOCUSED}?.matches('.summary')")
        go_to(".summary a")
        visitor.press("Enter")
        visitor.until(f"{FOCUSED}?.id === 'f-name'")
        assert visitor.run(f"{FOCUSED}.value") == "No Slug"
        visitor.run(f"{FOCUSED}.select()")
        visitor.write("by-keyboard")
        visitor.press("Enter")
        visitor.arrive("location.pathname === '/gallery'")
        assert visitor.run("document.querySelector('.flash').textContent") == "The tally was added."

    await asyncio.to_thread(fill)


async def test_without_a_script_a_form_comes_back_and_what_runs_is_looked_at_again(
    visitor: Browser, gallery: str
) -> None:
    def go() -> None:
        visitor.scripts(on=False)
        visitor.open(f"{gallery}/tallies/new?lang=de")
        visitor.run("HTMLFormElement.prototype.submit.call(document.getElementById('form'))")
        visitor.until("document.querySelector('.summary a')?.textContent === 'Name'")
        visitor.open(f"{gallery}/gallery/running")
        assert visitor.run("document.querySelector('.progress a').textContent") == "Noch einmal nachsehen"

    await asyncio.to_thread(go)


async def test_what_runs_is_shown_live_and_ends(visitor: Browser, gallery: str) -> None:
    def watch() -> None:
        visitor.open(f"{gallery}/gallery/running?upto=2")
        visitor.until("document.querySelector('progress').value === 2")
        assert visitor.run("document.querySelector('.progress').hasAttribute('hx-get')") is False
        # The toy keeps nobody signed in.
        assert [each for each in visitor.errors if "/session/renewed.svg" not in each] == []

    await asyncio.to_thread(watch)


def picture(browser: Browser, file: Path, width: int) -> None:
    """All of the page."""
    browser.size(width, max(900, int(browser.run("document.documentElement.scrollHeight"))))
    browser.picture(file)
