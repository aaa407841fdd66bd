"""Signing in, in a real browser: by keyboard, on a phone, without a script, in each language, open to all."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from deploy.local.servers import Servers
from deploy.postgres import roles
from services.members.app import compose
from shared.contracts.catalogue import ADDRESS_MAIL
from shared.testing.databases import clone_database
from shared.testing.services import Running, read_outbox, running_service
from shared.web import assets
from tests.members import people
from tests.pages.accessibility import bring_axe, find_barriers
from tests.pages.browser import Browser
from tests.pages.conftest import serve_pages

pytestmark = pytest.mark.pages

FOCUSED = "document.activeElement"
IS_IN = "fetch('/account').then(answer => answer.status)"
ISSUERS = [
    {"issuer": "http://127.0.0.1:9", "name": "Gesellschaft für Zusammenarbeit", "client_id": "alumnibus"}
]


class Door(NamedTuple):
    """Members, and the address where a browser finds its pages."""

    members: Running
    address: str

    async def find_link(self) -> str:
        """Where the mail that was sent last leads."""
        [*_, (_, _, mail)] = await read_outbox(self.members.pool, ADDRESS_MAIL.name)
        return f"{self.address}/sign-in/link/{mail['link'].rpartition('/')[2]}"


@pytest.fixture(scope="module")
async def door(servers: Servers, template: str, passwords: Mapping[str, str]) -> AsyncIterator[Door]:
    """Members with one member, and an issuer that is known."""
    async with clone_database(servers.postgres, template) as name:
        dsn = roles.service_dsn(servers.postgres, name, "members", passwords["members"])
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("ALUMNIBUS_DATABASE", dsn)
            environment.setenv("ALUMNIBUS_KAFKA", "127.0.0.1:9")
            environment.setenv("ALUMNIBUS_PUBLIC_ID_SECRET", "5e" * 32)
            environment.setenv("ALUMNIBUS_ISSUERS", json.dumps(ISSUERS))
            async with running_service(compose()) as members, serve_pages(members.app) as address:
                # Behind the front door events has the style sheet.
                members.app.include_router(assets.router)
                await people.add_organisation(members.pool, "daad")
                await people.join(members.pool, people.KIM)
                yield Door(members, address)


def ask(browser: Browser, door: Door, language: str) -> None:
    """Ask for a link, by keyboard alone."""
    browser.open(f"{door.address}/sign-in?return=/sign-in/mail&lang={language}")
    for _ in range(20):
        browser.press("Tab")
        if browser.run(f"{FOCUSED}.id === 'f-email'"):
            break
    browser.write(people.KIM)
    browser.press("Enter")
    browser.arrive("location.pathname === '/sign-in/mail'")


async def test_a_member_signs_in_by_keyboard_without_a_script_here_and_on_another_device(
    browser: Browser, door: Door
) -> None:
    phone = Browser()
    try:
        phone.size(390, 844)
        for each in (browser, phone):
            each.scripts(on=False)
        await asyncio.to_thread(ask, browser, door, "en")
        digits = browser.run("document.getElementById('digits').innerText")
        link = await door.find_link()

        def sign_in_elsewhere() -> None:
            phone.open(link)
            while not phone.run(f"{FOCUSED}.id === 'f-digits'"):
                phone.press("Tab")
            phone.write(digits)
            phone.press("Enter")
            phone.arrive("location.pathname === '/me'")

        await asyncio.to_thread(sign_in_elsewhere)
        await asyncio.to_thread(ask, browser, door, "de")
        link = await door.find_link()

        def follow() -> None:
            browser.run(f"location.href = {json.dumps(link)}")
            browser.arrive("location.pathname === '/me'")

        await asyncio.to_thread(follow)
        assert [await asyncio.to_thread(each.run, IS_IN) for each in (browser, phone)] == [200, 200]
    finally:
        phone.close()


@pytest.mark.parametrize(("language", "width", "scheme"), [("en", 1440, "dark"), ("de", 390, "light")])
async def test_the_pages_of_signing_in_keep_nobody_out(
    browser: Browser, door: Door, pictures: Path, language: str, width: int, scheme: str
) -> None:
    await door.members.pool.execute("DELETE FROM sign_in_link")
    stranger = Browser()
    try:
        await asyncio.to_thread(ask, browser, door, language)
        link = await door.find_link()

        def look() -> None:
            for each in (browser, stranger):
                bring_axe(each)
                each.scheme(scheme)
                each.size(width, 900)
            pages = {"sent": (browser, "/sign-in/mail"), "sign-in": (browser, "/sign-in")}
            pages |= {
                "digits": (stranger, link.removeprefix(door.address)),
                "over": (stranger, "/sign-in/link/x"),
            }
            for name, (shown, path) in pages.items():
                shown.open(f"{door.address}{path}?lang={language}")
                shown.picture(pictures / f"sign-in-{name}-{language}-{width}.png")
                assert find_barriers(shown) == [], name
                assert shown.run("document.documentElement.scrollWidth - innerWidth") <= 0
            stranger.open(f"{door.address}/sign-in?lang={language}")
            stranger.run("document.querySelector('form.form button').click()")
            stranger.until("document.querySelector('.summary')")
            stranger.picture(pictures / f"sign-in-errors-{language}-{width}.png")
            assert find_barriers(stranger) == []

        await asyncio.to_thread(look)
    finally:
        stranger.close()
