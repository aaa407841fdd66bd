"""An organisation's pages in a real browser: open to all, on a phone, by keyboard, without a script, in German, too."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest

from deploy.local.servers import Servers
from deploy.postgres import roles
from services.members.app import compose
from shared.access.sessions import COOKIE
from shared.testing.databases import clone_database
from shared.testing.services import Running, running_service
from shared.web import assets
from tests.members import people
from tests.members.uploads import HEADER, MAPPING, await_import, describe_organisations, post_list
from tests.pages.accessibility import bring_axe, find_barriers
from tests.pages.browser import Browser
from tests.pages.conftest import serve_pages

pytestmark = pytest.mark.pages

HOME = "/organisations/daad"
ROWS = "1,Anna,Weißenberg,anna@example.org\n2,María José,Fernández-Hohenlohe,maria@example.org\n3,Ilja,Morosow,nobody\n"
LOOKS = [("en", 1440, "light"), ("de", 390, "dark"), ("de", 1440, "light"), ("en", 390, "light")]
FOCUSED = "document.activeElement"


class Office(NamedTuple):
    """The address of members' pages, and what is there."""

    address: str
    running: Running
    session: str
    imported: UUID
    member: UUID
    affiliation: int
    mandate: UUID


@pytest.fixture(scope="module")
async def office(servers: Servers, template: str, passwords: Mapping[str, str]) -> AsyncIterator[Office]:
    """An organisation for whose coordinators something of each kind waits."""
    async with clone_database(servers.postgres, template) as name:
        with pytest.MonkeyPatch.context() as environment:
            dsn = roles.service_dsn(servers.postgres, name, "members", passwords["members"])
            environment.setenv("ALUMNIBUS_DATABASE", dsn)
            environment.setenv("ALUMNIBUS_KAFKA", "127.0.0.1:9")
            environment.setenv("ALUMNIBUS_PUBLIC_ID_SECRET", "5e" * 32)
            service = compose()
            async with (
                running_service(service, only=("api", "work")) as members,
                serve_pages(members.app) as at,
            ):
                # Behind the front door events has the style sheet.
                members.app.include_router(assets.router)
                yield await fill(members, at)


async def fill(members: Running, address: str) -> Office:
    """Two members who may be one, a list with a bad row, a colleague who was invited."""
    await describe_organisations(members)
    answer = await post_list(members, (HEADER + ROWS).encode(), MAPPING)
    imported = await await_import(members, answer.headers["Location"])
    one, other = [await people.join(members.pool, f"kim{n}@example.org") for n in range(2)]
    await members.pool.execute("DELETE FROM duplicate_candidate")
    await members.pool.execute(
        "INSERT INTO duplicate_candidate (duplicate, one, other, score, band, reasons)"
        " VALUES ($1, least($2::uuid, $3), greatest($2::uuid, $3), 92, 'suggest', '[]')",
        uuid4(),
        one,
        other,
    )
    own = await members.as_coordinator("daad")
    await own.post(f"{HOME}/mandates", data={"email": "colleague@example.org", "language": "de"})
    mandate = await members.pool.fetchval("SELECT mandate FROM mandate")
    for residence in ("KE", "UG"):
        await own.post(f"{HOME}/members/{one}/profile", data={"residence": residence, "origin": "KE"})
    affiliation = await members.pool.fetchval("SELECT id FROM affiliation WHERE member = $1", one)
    return Office(address, members, own.headers["Cookie"], imported["import"], one, affiliation, mandate)


def sign_in(browser: Browser, office: Office) -> None:
    """The browser of a coordinator."""
    browser.cookie(office.address, COOKIE, office.session.partition("=")[2])


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
async def test_an_organisation_keeps_nobody_out(
    browser: Browser, office: Office, pictures: Path, language: str, width: int, scheme: str
) -> None:
    pages = {
        "home": "",
        "members": "/members",
        "nobody": "/members?q=nobody",
        "member": f"/members/{office.member}",
        "affiliation": f"/members/{office.member}/affiliations/{office.affiliation}",
        "said": f"/members/{office.member}/profile",
        "join": "/members/new",
        "imports": "/imports",
        "bring": "/imports/new",
        "import": f"/imports/{office.imported}",
        "duplicates": "/duplicates",
        "mandates": "/mandates",
        "take-back": f"/mandates/{office.mandate}",
        "audit": "/audit",
    }

    def look() -> None:
        bring_axe(browser)
        browser.scheme(scheme)
        browser.size(width, 900)
        sign_in(browser, office)
        for name, page in pages.items():
            browser.open(f"{office.address}{HOME}{page}{'&' if '?' in page else '?'}lang={language}")
            browser.picture(pictures / f"organisation-{name}-{language}-{width}-{scheme}.png")
            assert find_barriers(browser) == [], page
            assert browser.run("document.documentElement.scrollWidth - innerWidth") <= 0, page

    await asyncio.to_thread(look)
    assert browser.errors == []


async def test_a_coordinator_invites_on_a_phone_by_keyboard_without_a_script(
    browser: Browser, office: Office
) -> None:
    def invite() -> None:
        browser.scripts(False)
        browser.size(390, 844)
        sign_in(browser, office)
        browser.open(f"{office.address}{HOME}/mandates")
        for _ in range(60):
            browser.press("Tab")
            if browser.run(f"{FOCUSED}.id === 'f-email'"):
                break
        browser.run(f"{FOCUSED}.value = 'second@example.org'")
        browser.press("Enter")
        browser.arrive("document.querySelector('.flash')")
        assert "second@example.org" in browser.run("document.body.innerText")

    await asyncio.to_thread(invite)


async def test_a_list_stays_chosen_while_it_is_found_out_how_it_is_read(
    browser: Browser, office: Office, pictures: Path
) -> None:
    content = "Vorname;Nachname;E-Mail;Abschluss am;Bemerkung\\nAnna;Weiß;anna@example.org;31.03.2019;x"
    choose = (
        f"{{ const chosen = new DataTransfer(); chosen.items.add(new File(['{content}'], 'list.csv'));"
        " document.getElementById('f-list').files = chosen.files; }"
    )

    def guess() -> None:
        browser.size(1440, 1800)
        sign_in(browser, office)
        browser.open(f"{office.address}{HOME}/imports/new?lang=en")
        browser.run(choose)
        browser.run("document.querySelector('button[value=guess]').click()")
        browser.until("document.getElementById('f-column_email').value === 'E-Mail'")
        browser.picture(pictures / "organisation-guess.png")
        assert browser.run("document.getElementById('f-list').files.length") == 1
        assert browser.run("document.getElementById('f-date_format').value") == "%d.%m.%Y"

    await asyncio.to_thread(guess)
    assert browser.errors == []
