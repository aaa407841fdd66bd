"""Sessions are renewed while somebody is there, and end when they say so."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from shared.access.sessions import COOKIE, Session, SessionReader, SessionSigner
from shared.testing.access import SESSION_KEYS, SIGNING_KEY
from shared.testing.services import Running
from tests.members import people
from tests.members.sign_in.browser import FOREIGN, Browser

PICTURE = "/session/renewed.svg"


@pytest.fixture
def members(signing_in: Running) -> Running:
    """Members that run."""
    return signing_in


@pytest.fixture
async def account(members: Running) -> UUID:
    """Somebody's account."""
    return await people.open_account(members.pool, subject="kim")


def browse(members: Running, account: UUID, signed_in_at: datetime, made_at: datetime) -> Browser:
    """A browser with a session."""
    browser = Browser(members.anonymous())
    session = Session(account, None, signed_in_at, made_at)
    browser.cookies[COOKIE] = SessionSigner(SIGNING_KEY).sign_session(session)
    return browser


def read(browser: Browser, at: datetime) -> Session | None:
    """The browser's session, if it counts then."""
    return SessionReader(SESSION_KEYS).read_session(browser.cookies[COOKIE], at)


async def test_whoever_is_there_stays_signed_in_up_to_a_week(members: Running, account: UUID) -> None:
    now = datetime.now(UTC)
    for days, lasts in ((0, timedelta(hours=12)), (6.8, timedelta(days=0.2))):
        begun = now - timedelta(days=days)
        browser = browse(members, account, begun, now - timedelta(hours=11))

        answer = await browser.get(PICTURE)

        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "private, max-age=3600"
        assert read(browser, now + lasts - timedelta(minutes=1))
        assert read(browser, now + lasts + timedelta(minutes=3)) is None


async def test_no_session_is_renewed_that_has_ended(members: Running, account: UUID) -> None:
    now = datetime.now(UTC)
    old = browse(members, account, now - timedelta(hours=13), now - timedelta(hours=13))
    ended = browse(members, account, now - timedelta(hours=1), now - timedelta(hours=1))
    await ended.post("/sign-out", {"everywhere": "1"})
    again = browse(members, account, now - timedelta(hours=1), now)

    for browser in (old, ended, again, Browser(members.anonymous())):
        answer = await browser.get(PICTURE)
        assert (answer.status_code, "set-cookie" in answer.headers) == (303, False)


async def test_who_signs_out_has_no_session_any_more_and_others_have(members: Running, account: UUID) -> None:
    now = datetime.now(UTC)
    here, there = (browse(members, account, now, now) for _ in range(2))

    out = await here.post("/sign-out")

    assert (out.status_code, out.headers["location"]) == (303, "/sign-in")
    assert COOKIE not in here.cookies
    assert (await there.get(PICTURE)).status_code == 200
    assert "You have signed out." in (await here.get("/sign-in")).text


async def test_no_other_site_signs_anybody_out(members: Running, account: UUID) -> None:
    now = datetime.now(UTC)
    browser = browse(members, account, now, now)

    assert (await browser.post("/sign-out", headers=FOREIGN)).status_code == 403
    assert COOKIE in browser.cookies
