"""The pages of advice in a real browser: open to all, on a phone, by keyboard, without a script, in each language."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from deploy.local.servers import Servers
from deploy.postgres import roles
from services.matching.app import compose
from shared.access.sessions import COOKIE
from shared.contracts.members import MandateRole
from shared.testing.access import build_headers, give_mandates
from shared.testing.databases import clone_database
from shared.testing.services import running_service
from shared.web import assets
from tests.matching.network import URALS, Network
from tests.pages.accessibility import bring_axe, find_barriers
from tests.pages.browser import Browser
from tests.pages.conftest import serve_pages

pytestmark = pytest.mark.pages

QUESTION = "Wer kennt Gießereien im Ural, die Gussteile nach deutschen Normen liefern?"
LOOKS = [("en", 1440, "light"), ("de", 390, "dark"), ("de", 1440, "light"), ("en", 390, "light")]
FOCUSED = "document.activeElement"


class Advice(NamedTuple):
    """The address of matching's pages, and who is who there."""

    address: str
    network: Network
    contact: UUID
    requester: UUID
    adviser: UUID
    coordinator: Mapping[str, str]
    requests: list[UUID]


@pytest.fixture(scope="module")
async def advice(servers: Servers, template: str, passwords: Mapping[str, str]) -> AsyncIterator[Advice]:
    """A desk with requests in each state."""
    async with clone_database(servers.postgres, template) as name:
        with pytest.MonkeyPatch.context() as environment:
            dsn = roles.service_dsn(servers.postgres, name, "matching", passwords["matching"])
            environment.setenv("ALUMNIBUS_DATABASE", dsn)
            environment.setenv("ALUMNIBUS_KAFKA", "127.0.0.1:9")
            async with running_service(compose()) as matching, serve_pages(matching.app) as address:
                # Behind the front door events has the style sheet.
                matching.app.include_router(assets.router)
                yield await fill(Network(matching), address)


async def fill(network: Network, address: str) -> Advice:
    """One who asks, with requests in each state, of which the first is new."""
    contact = await network.open_desk()
    requester = await network.add_member(given_name="Rosa", family_name="Fragmann", advises=False)
    names = [("Anna", "Weißenberg"), ("Ilja", "Morosow"), ("María José", "Fernández-Hohenlohe")]
    advisers = [
        await network.add_member(given_name=given, family_name=family, themes=("trade",))
        for given, family in names
    ]
    await network.set_capacity(advisers[0], 3)
    requests = [await network.request_mentorship(requester, question=QUESTION) for _ in range(4)]
    for number, request in enumerate(requests[1:]):
        proposal = await network.propose_adviser(request, contact, advisers[0])
        if number:
            await network.accept_proposal(proposal, advisers[0])
        if number > 1:
            await network.post(f"/requests/{request}/agreement", by=requester)
    (await network.put(f"/desks/{URALS}/organisation", organisation="giz")).raise_for_status()
    mandates = [(MandateRole.COORDINATOR, "giz"), (MandateRole.OPERATOR, "")]
    coordinator = await give_mandates(network.pool, mandates)
    return Advice(address, network, contact, requester, advisers[0], coordinator, requests)


def sign_in(browser: Browser, advice: Advice, who: UUID | Mapping[str, str]) -> None:
    """The browser in which this member, or whoever has these headers, has signed in."""
    headers = build_headers(member=who) if isinstance(who, UUID) else who
    value = headers["Cookie"].partition("=")[2]
    browser.cookie(advice.address, COOKIE, value)


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
async def test_advice_keeps_nobody_out(
    browser: Browser, advice: Advice, pictures: Path, language: str, width: int, scheme: str
) -> None:
    asked, proposed, accepted, agreed = advice.requests
    pages: list[tuple[UUID | Mapping[str, str], str, str]] = [
        (advice.requester, "home", "/advice"),
        (advice.requester, "ask", "/advice/new"),
        (advice.requester, "accepted", f"/advice/requests/{accepted}"),
        (advice.adviser, "adviser", "/advice"),
        (advice.adviser, "proposed", f"/advice/requests/{proposed}"),
        (advice.adviser, "agreed", f"/advice/requests/{agreed}"),
        (advice.adviser, "places", "/advice/places"),
        (advice.contact, "desk", "/advice/desk"),
        (advice.contact, "at-desk", f"/advice/desk/{asked}"),
        (advice.contact, "at-desk-asked", f"/advice/desk/{proposed}"),
        (advice.coordinator, "desks", "/advice/desks"),
        (advice.coordinator, "staff", f"/advice/desks/{URALS}"),
    ]

    def look() -> None:
        bring_axe(browser)
        browser.scheme(scheme)
        browser.size(width, 900)
        for who, name, path in pages:
            sign_in(browser, advice, who)
            browser.open(f"{advice.address}{path}?lang={language}")
            browser.picture(pictures / f"advice-{name}-{language}-{width}-{scheme}.png")
            assert find_barriers(browser) == [], path
            assert browser.run("document.documentElement.scrollWidth - innerWidth") <= 0, path

    await asyncio.to_thread(look)
    # Behind the front door members has it.
    assert [error for error in browser.errors if "/session/" not in error] == []


async def test_a_contact_person_proposes_on_a_phone_by_keyboard_without_a_script(
    browser: Browser, advice: Advice
) -> None:
    request = advice.requests[0]

    def propose() -> None:
        browser.scripts(False)
        browser.size(390, 844)
        sign_in(browser, advice, advice.contact)
        browser.open(f"{advice.address}/advice/desk/{request}")
        for _ in range(60):
            browser.press("Tab")
            if browser.run(f"{FOCUSED}.textContent === 'Propose'"):
                break
        browser.press("Enter")
        browser.arrive("document.querySelector('.flash')")
        assert "Who was asked" in browser.run("document.body.innerText")

    await asyncio.to_thread(propose)
    assert await advice.network.read_state(request) == "proposed"
