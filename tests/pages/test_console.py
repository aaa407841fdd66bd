"""The console in a real browser: open to all, live, on a phone, without a script, in each language."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from fastapi import APIRouter, Response

from deploy.local.servers import Servers
from deploy.postgres import roles
from services.notifications.app import compose
from shared.access.serving import PUBLIC
from shared.access.sessions import COOKIE
from shared.messaging.consumer import parking
from shared.messaging.consumer.parking import Failure, ParkedKey
from shared.postgres.pool import transaction
from shared.testing.databases import clone_database
from shared.testing.services import Running, running_service
from shared.web import assets
from tests.pages.accessibility import bring_axe, find_barriers
from tests.pages.browser import Browser
from tests.pages.conftest import serve_pages

pytestmark = pytest.mark.pages

CONSOLE, CAUSE, TOPIC = "/console/notifications", "0123456789ab", "members.organisation.v1"
LOOKS = [("en", 1440, "light"), ("de", 390, "dark"), ("de", 1440, "light"), ("en", 390, "light")]
elsewhere = APIRouter(dependencies=[PUBLIC])
PAGES = {
    "live": "",
    "cause": f"/parked/{CAUSE}",
    "rebuild": "/rebuild",
    "job": f"/rebuild/{TOPIC}",
    "partners": "/partners",
    "deliveries": "/deliveries",
    "audit": "/audit",
}


@elsewhere.get("/session/renewed.svg")
async def renew() -> Response:
    """As members answers behind the front door."""
    return Response("<svg xmlns='http://www.w3.org/2000/svg'/>", media_type="image/svg+xml")


class Desk(NamedTuple):
    """The address of the console, the service, and an operator's session."""

    address: str
    running: Running
    session: str


@pytest.fixture(scope="module")
async def desk(servers: Servers, template: str, passwords: Mapping[str, str]) -> AsyncIterator[Desk]:
    """A console on which something of each kind is to be seen."""
    async with clone_database(servers.postgres, template) as name:
        with pytest.MonkeyPatch.context() as environment:
            dsn = roles.service_dsn(servers.postgres, name, "notifications", passwords["notifications"])
            settings = {
                "DATABASE": dsn,
                "KAFKA": "127.0.0.1:9",
                "SMTP": "smtp://127.0.0.1:9",
                "PARTNERS": "giz",
            }
            for setting, value in settings.items():
                environment.setenv(f"ALUMNIBUS_{setting}", value)
            service = compose()
            async with (
                running_service(service, only=("api", "work")) as running,
                serve_pages(running.app) as at,
            ):
                # Behind the front door events has the style sheet.
                for router in (assets.router, elsewhere):
                    running.app.include_router(router)
                operator = await running.as_operator()
                await fill(running)
                await operator.post(f"{CONSOLE}/rebuild/{TOPIC}", data={"act": "rebuild"})
                yield Desk(at, running, operator.headers["Cookie"])
                running.app.state.ending.set()


async def fill(running: Running) -> None:
    """Two parked keys, a failed item, and positions of a consumer."""
    async with transaction(running.pool) as tx:
        for key in ("giz", "kfw"):
            await parking.park_key(
                tx, ParkedKey(TOPIC, key), Failure(CAUSE, "KeyError in notifications/x.py:apply")
            )
        await tx.execute(
            "INSERT INTO attempt (worker, item, until, failed_at, reason)"
            " VALUES ('compose', 'd-1', now(), now(), 'KeyError')"
        )


def sign_in(browser: Browser, desk: Desk) -> None:
    """The browser of an operator."""
    browser.cookie(desk.address, COOKIE, desk.session.partition("=")[2])


@pytest.mark.parametrize(("language", "width", "scheme"), LOOKS)
async def test_the_console_keeps_nobody_out(
    browser: Browser, desk: Desk, pictures: Path, language: str, width: int, scheme: str
) -> None:
    def look() -> None:
        bring_axe(browser)
        browser.scheme(scheme)
        browser.size(width, 900)
        sign_in(browser, desk)
        for name, page in PAGES.items():
            browser.open(f"{desk.address}{CONSOLE}{page}?lang={language}")
            browser.picture(pictures / f"console-{name}-{language}-{width}-{scheme}.png")
            assert find_barriers(browser) == [], page
            assert browser.run("document.documentElement.scrollWidth - innerWidth") <= 0, page

    await asyncio.to_thread(look)
    assert browser.errors == []


async def test_figures_change_without_a_look_and_stay_as_loaded_without_a_script(
    browser: Browser, desk: Desk
) -> None:
    shown = "document.querySelector('[data-live]').innerText"

    def watch() -> None:
        sign_in(browser, desk)
        browser.open(f"{desk.address}{CONSOLE}")
        browser.run("window.before = document.querySelector('[data-live] h2').innerText")
        browser.until("document.querySelector('[data-live] h2').innerText !== window.before")
        browser.until("document.querySelector('[data-live] polyline').points.numberOfItems > 2")
        assert browser.run("document.querySelector('.not-live').hidden")
        browser.scripts(False)
        browser.open(f"{desk.address}{CONSOLE}")
        assert "Look again" in browser.run("document.body.innerText")
        assert "Works" in browser.run(shown)

    await asyncio.to_thread(watch)
    assert browser.errors == []
