"""The pages of coordinators and operators in a real browser: open to all, on a phone, by keyboard, without a script."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from deploy.local.servers import Servers
from deploy.postgres import roles
from services.events.app import compose
from services.events.replicas import members
from shared.access.sessions import COOKIE
from shared.contracts.members import MandateRole
from shared.messaging.consumer import parking
from shared.messaging.consumer.parking import Failure, ParkedKey
from shared.postgres.pool import Pool, transaction
from shared.testing.access import give_mandates
from shared.testing.databases import clone_database
from shared.testing.services import Running, running_service
from tests.events.samples import COLLOQUIUM, add_organisations, build_message, build_profile
from tests.pages.accessibility import bring_axe, find_barriers
from tests.pages.browser import Browser
from tests.pages.conftest import serve_pages

pytestmark = pytest.mark.pages

HOST, CAUSE = "deutscher-bundestag", "0123456789ab"
BASE = f"/organisations/{HOST}/offers"
LOOKS = [("en", 1440, "light"), ("de", 390, "dark"), ("de", 1440, "light"), ("en", 390, "light")]
GUESTS = (("Rosa", "Beispiel"), ("María José", "Fernández-Hohenlohe"), ("Ilja", "Morosow"))


class House(NamedTuple):
    """The address of the pages, who looks at them, and an offer with guests, one of them noted, and a draft."""

    address: str
    pool: Pool
    cookie: str
    offer: str
    draft: str
    guest: str


@pytest.fixture(scope="module")
async def house(servers: Servers, template: str, passwords: Mapping[str, str]) -> AsyncIterator[House]:
    """An organisation with offers, of which one has guests, and with a parked key."""
    async with clone_database(servers.postgres, template) as name:
        with pytest.MonkeyPatch.context() as environment:
            dsn = roles.service_dsn(servers.postgres, name, "events", passwords["events"])
            environment.setenv("ALUMNIBUS_DATABASE", dsn)
            environment.setenv("ALUMNIBUS_KAFKA", "127.0.0.1:9")
            async with running_service(compose()) as events, serve_pages(events.app) as address:
                yield await fill(events, address)


async def fill(events: Running, address: str) -> House:
    await add_organisations(events.pool)
    offer = await plan(events, slug="colloquium", places=2, title="Kolloquium der Alumni des Praktikums")
    draft = await plan(events, slug="evening", title="Abend in Wien", published=False)
    for given, family in GUESTS:
        member = uuid4()
        profile = build_profile(member, given_name=given, family_name=family)
        async with transaction(events.pool) as tx:
            await members.project_members(tx, [build_message(profile, member)])
        answer = await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})
    guest = answer.raise_for_status().json()["registration"]
    note = {"note": "Reist mit dem Zug an und bringt die Ausstellung mit."}
    (await events.http.put(f"/registrations/{guest}/note", json=note)).raise_for_status()
    async with transaction(events.pool) as tx:
        key = ParkedKey("members.profile.v1", str(UUID(int=7)))
        await parking.park_key(
            tx, key, Failure(CAUSE, "KeyError in events/replicas/members.py:project_members")
        )
    headers = await give_mandates(events.pool, [(MandateRole.COORDINATOR, HOST), (MandateRole.OPERATOR, "")])
    return House(address, events.pool, headers["Cookie"].partition("=")[2], offer, draft, guest)


async def plan(events: Running, *, published: bool = True, **changes: object) -> str:
    drafted = (await events.http.post("/offers", json=COLLOQUIUM | changes)).raise_for_status()
    offer = str(drafted.json()["offer"])
    if published:
        (await events.http.post(f"/offers/{offer}/publication")).raise_for_status()
    return offer


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
async def test_coordination_keeps_nobody_out(
    browser: Browser, house: House, pictures: Path, language: str, width: int, scheme: str
) -> None:
    pages = {
        "offers": BASE,
        "plan": f"{BASE}/new",
        "draft": f"{BASE}/{house.draft}",
        "offer": f"{BASE}/{house.offer}",
        "cancel": f"{BASE}/{house.offer}/cancellation",
        "change": f"{BASE}/{house.offer}/change",
        "copy": f"{BASE}/{house.offer}/copy",
        "guests": f"{BASE}/{house.offer}/registrations",
        "guest": f"{BASE}/{house.offer}/registrations/{house.guest}",
        "console": "/console/events",
        "cause": f"/console/events/parked/{CAUSE}",
        "drop": f"/console/events/parked/{CAUSE}/drop",
    }

    def look() -> None:
        bring_axe(browser)
        browser.scheme(scheme)
        browser.size(width, 900)
        browser.cookie(house.address, COOKIE, house.cookie)
        for name, path in pages.items():
            browser.open(f"{house.address}{path}?lang={language}")
            browser.picture(pictures / f"coordination-{name}-{language}-{width}-{scheme}.png")
            assert find_barriers(browser) == [], path
            assert browser.run("document.documentElement.scrollWidth - innerWidth") <= 0, path

    await asyncio.to_thread(look)
    # Behind the front door members has it.
    assert [error for error in browser.errors if "/session/" not in error] == []


async def test_a_coordinator_adds_a_date_by_keyboard_without_a_script(browser: Browser, house: House) -> None:
    def add() -> None:
        browser.scripts(False)
        browser.size(390, 844)
        browser.cookie(house.address, COOKIE, house.cookie)
        browser.open(f"{house.address}{BASE}/new")
        browser.run("document.getElementById('f-title').value = 'Sommerfest'")
        browser.run("document.getElementById('f-ends_1').focus()")
        for _ in range(12):
            browser.press("Tab")
            if browser.run("document.activeElement.name === 'more'"):
                break
        browser.press("Enter")
        browser.arrive("document.getElementById('f-starts_2')")
        assert browser.run("document.getElementById('f-title').value") == "Sommerfest"

    await asyncio.to_thread(add)
