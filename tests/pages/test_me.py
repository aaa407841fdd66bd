"""One's own pages in a real browser: open to all, on a phone, by keyboard, without a script, in each language."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from deploy.local.servers import Servers
from deploy.postgres import roles
from services.members.accounts import addresses
from services.members.app import compose
from shared.access.serving import PUBLIC
from shared.access.sessions import COOKIE
from shared.postgres.pool import transaction
from shared.testing.access import build_headers
from shared.testing.databases import clone_database
from shared.testing.services import Running, running_service
from shared.web import assets
from tests.events.sample_year import run_year
from tests.events.samples import join_members
from tests.members import people
from tests.members.disclosure import answers
from tests.pages.accessibility import bring_axe, find_barriers
from tests.pages.browser import Browser
from tests.pages.conftest import serve_pages

pytestmark = pytest.mark.pages

LOOKS = [("en", 1440, "light"), ("de", 390, "dark"), ("de", 1440, "light"), ("en", 390, "light")]
FOCUSED = "document.activeElement"
PROFILE = {
    "language": "de",
    "residence": "VN",
    "languages": ["vi", "de"],
    "themes": ["trade", "diplomacy"],
    "regions": ["asia"],
    "advises": True,
}
# What an organisation says otherwise.
SAID = {
    "given_name": "Kim",
    "family_name": "Beispiel-Nguyễn",
    "email": people.KIM,
    "organisation": "daad",
    "residence": "LA",
    "languages": ["en", "vi"],
}


elsewhere = APIRouter(dependencies=[PUBLIC])


@elsewhere.get("/me/registrations")
async def show_registrations() -> HTMLResponse:
    """As events shows them behind the front door."""
    return HTMLResponse(
        '<title>Elsewhere</title><h1><span class="headline">You have a place in 2 offers</span></h1>'
    )


class Own(NamedTuple):
    """A service with somebody's own pages, their address, and the session of a person who has much there."""

    running: Running
    address: str
    session: str
    pages: Mapping[str, str]


@pytest.fixture(scope="module")
async def profile(servers: Servers, template: str, passwords: Mapping[str, str]) -> AsyncIterator[Own]:
    """Members with one who has two addresses, two organisations, a history, and suggestions."""
    async with clone_database(servers.postgres, template) as name:
        dsn = roles.service_dsn(servers.postgres, name, "members", passwords["members"])
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("ALUMNIBUS_DATABASE", dsn)
            environment.setenv("ALUMNIBUS_KAFKA", "127.0.0.1:9")
            environment.setenv("ALUMNIBUS_PUBLIC_ID_SECRET", "5e" * 32)
            async with running_service(compose()) as members, serve_pages(members.app) as address:
                # Behind the front door events has the style sheet.
                members.app.include_router(assets.router)
                members.app.include_router(elsewhere)
                member, session = await fill(members)
                await members.as_member(member).patch(f"/members/{member}", json=PROFILE)
                (await members.http.post("/members", json=SAID)).raise_for_status()
                await members.as_member(member).post("/me/data", data={})
                await answers.gather_all(members)
                pages = {
                    "me": "/me",
                    "profile": "/me/profile",
                    "addresses": "/me/addresses",
                    "leave": "/me/leave",
                    "data": "/me/data",
                }
                yield Own(members, address, session, pages)


async def fill(members: Running) -> tuple[UUID, str]:
    """A member and the session."""
    for organisation in ("daad", "giz"):
        await people.add_organisation(members.pool, organisation)
        member = await people.join(members.pool, people.KIM, organisation)
    async with transaction(members.pool) as tx:
        await addresses.add_address(tx, member, "kim.beispiel@arbeit.example.org")
    account = await people.open_account(members.pool, people.KIM)
    return member, read_session(build_headers(account, member))


@pytest.fixture(scope="module")
async def places(servers: Servers, template: str) -> AsyncIterator[Own]:
    """Events with a member who has a place, and one on a waiting list."""
    async with run_year(servers, template) as events, serve_pages(events.app) as address:
        [member] = await join_members(events.pool, 1)
        http = events.as_member(member)
        for slug in ("westbalkan", "stammtisch-wien"):
            offer = await events.pool.fetchval("SELECT offer FROM offer WHERE slug = $1", slug)
            (await http.post(f"/offers/{offer}/registrations", json={})).raise_for_status()
        own = await events.pool.fetchval(
            "SELECT min(registration::text) FROM registration WHERE member = $1", member
        )
        pages = {
            "offer": "/events/westbalkan",
            "waiting": "/events/stammtisch-wien",
            "open": "/events/unternehmergespraeche",
            "registrations": "/me/registrations",
            "registration": f"/me/registrations/{own}",
        }
        yield Own(events, address, read_session(build_headers(member=member)), pages)


def read_session(headers: Mapping[str, str]) -> str:
    """The cookie's value."""
    return headers["Cookie"].partition("=")[2]


@pytest.mark.parametrize("service", ["profile", "places"])
@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
async def test_ones_own_pages_keep_nobody_out(
    browser: Browser,
    profile: Own,
    places: Own,
    pictures: Path,
    service: str,
    language: str,
    width: int,
    scheme: str,
) -> None:
    own = {"profile": profile, "places": places}[service]

    def look() -> None:
        bring_axe(browser)
        browser.scheme(scheme)
        browser.size(width, 900)
        browser.cookie(own.address, COOKIE, own.session)
        for name, path in own.pages.items():
            browser.open(f"{own.address}{path}?lang={language}")
            browser.picture(pictures / f"own-{name}-{language}-{width}-{scheme}.png")
            assert find_barriers(browser) == [], path
            assert browser.run("document.documentElement.scrollWidth - innerWidth") <= 0, path

    await asyncio.to_thread(look)
    # Behind the front door other services have these.
    others = ("/session/", "/advice")
    assert [error for error in browser.errors if not any(path in error for path in others)] == []


async def test_ones_own_page_shows_the_counts_of_other_services(browser: Browser, profile: Own) -> None:
    def look() -> None:
        browser.cookie(profile.address, COOKIE, profile.session)
        browser.open(f"{profile.address}/me?lang=en")
        browser.until("document.querySelector('.tiles').innerText.includes('a place in 2 offers')")
        assert browser.run("document.title").startswith("My page")

    await asyncio.to_thread(look)


async def test_a_member_registers_on_a_phone_by_keyboard_without_a_script(
    browser: Browser, places: Own
) -> None:
    def register() -> None:
        browser.scripts(False)
        browser.size(390, 844)
        browser.cookie(places.address, COOKIE, places.session)
        browser.open(f"{places.address}/events/unternehmergespraeche?lang=en")
        for _ in range(60):
            browser.press("Tab")
            if browser.run(f"{FOCUSED}.textContent === 'Register'"):
                break
        browser.press("Enter")
        browser.arrive("document.querySelector('.flash')")
        assert "You are registered" in browser.run("document.body.innerText")

    await asyncio.to_thread(register)
