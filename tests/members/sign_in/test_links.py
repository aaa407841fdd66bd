"""Signing in by a link that goes by mail."""

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
import pytest

from services.members.sign_in import links
from shared.access.sessions import COOKIE
from shared.contracts.catalogue import ADDRESS_MAIL
from shared.postgres.pool import transaction
from shared.testing.access import build_headers
from shared.testing.services import Running, open_client, read_outbox
from tests.members import people
from tests.members.people import KIM
from tests.members.sign_in.browser import FOREIGN, OURS, Browser
from tests.shared.web.page_reader import BROWSER

ReadLink = Callable[[], Awaitable[str]]


def find_digits(html: str) -> str:
    """The six digits that a page shows."""
    [digits] = re.findall(r"<b>(\d{3} \d{3})</b>", html)
    return str(digits)


def type_in(path: str, digits: str) -> dict[str, str]:
    """The form of the page of this link, with these digits."""
    return {"token": path.rpartition("/")[2], "digits": digits}


async def who(browser: Browser) -> tuple[int, str | None]:
    """Whether the browser has signed in, and as which member."""
    answer = await browser.get("/account", headers={"Accept": "application/json"})
    return answer.status_code, answer.json().get("member")


async def test_a_member_signs_in_by_the_link_in_the_browser_that_asked_and_comes_back(
    members: Running, browser: Browser, kim: UUID, read_link: ReadLink
) -> None:
    asked = await browser.post("/sign-in?return=/events/x%3Flang%3Dde", {"email": "KIM@example.org"})
    followed = await browser.get(await read_link(), headers=FOREIGN)

    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in/mail")
    assert (followed.status_code, followed.headers["location"]) == (303, "/events/x?lang=de")
    assert await who(browser) == (200, str(kim))
    session = next(line for line in followed.headers.get_list("set-cookie") if line.startswith(COOKIE))
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(session.split("; "))
    assert "Domain" not in session


async def test_another_browser_needs_the_digits_that_the_first_one_shows(
    members: Running, browser: Browser, kim: UUID, read_link: ReadLink
) -> None:
    await browser.post("/sign-in", {"email": KIM})
    digits = find_digits((await browser.get("/sign-in/mail")).text)
    phone, path = Browser(members.anonymous()), await read_link()

    opened = await phone.get(path)
    wrong = await phone.post(
        "/sign-in/digits", type_in(path, "000 000" if digits != "000 000" else "000 001")
    )
    assert (opened.status_code, wrong.status_code, await who(phone)) == (200, 422, (401, None))
    right = await phone.post("/sign-in/digits", type_in(path, digits))

    assert (right.status_code, await who(phone)) == (303, (200, str(kim)))
    assert (await who(browser))[0] == 401


async def test_digits_may_be_wrong_five_times(
    members: Running, browser: Browser, kim: UUID, read_link: ReadLink
) -> None:
    await browser.post("/sign-in", {"email": KIM})
    digits = find_digits((await browser.get("/sign-in/mail")).text)
    thief, path = Browser(members.anonymous()), await read_link()
    wrong = str((int(digits.replace(" ", "")) + 1) % 1_000_000).zfill(6)

    tried = [(await thief.post("/sign-in/digits", type_in(path, wrong))).status_code for _ in range(5)]

    assert tried == [422, 422, 422, 422, 410]
    assert (await thief.post("/sign-in/digits", type_in(path, digits))).status_code == 410
    assert (await browser.get(path)).status_code == 410


async def test_a_link_is_good_once_and_for_a_quarter_of_an_hour(
    members: Running, browser: Browser, kim: UUID, read_link: ReadLink
) -> None:
    await browser.post("/sign-in", {"email": KIM})
    path, secret = await read_link(), dict(browser.cookies)
    assert (await browser.get(path)).status_code == 303
    browser.cookies = secret
    again = await browser.get(path)

    await browser.post("/sign-in", {"email": KIM})
    await members.pool.execute("UPDATE sign_in_link SET asked_at = asked_at - interval '16 minutes'")
    late = await browser.get(await read_link())

    assert (again.status_code, late.status_code) == (410, 410)
    assert "no longer good" in late.text
    await members.pool.execute("UPDATE sign_in_link SET asked_at = asked_at - interval '1 hour'")
    async with transaction(members.pool) as tx:
        assert await links.forget_old(tx) == 2


async def test_nobody_learns_from_the_answer_whose_address_it_is(
    members: Running, browser: Browser, kim: UUID
) -> None:
    stranger = Browser(members.anonymous())

    known = await browser.post("/sign-in", {"email": KIM})
    unknown = await stranger.post("/sign-in", {"email": "nobody@example.org"})

    def shown(answer: httpx.Response) -> tuple[int, str, str]:
        return answer.status_code, answer.headers["location"], answer.text

    assert shown(known) == shown(unknown)
    pages = [(await each.get("/sign-in/mail")).text for each in (browser, stranger)]
    assert len({re.sub(r"\d{3} \d{3}", "", page) for page in pages}) == 1
    assert [mail["address"] for _, _, mail in await read_outbox(members.pool, ADDRESS_MAIL.name)] == [KIM]


async def test_what_is_kept_and_what_travels_is_not_enough_to_sign_in(
    members: Running, browser: Browser, kim: UUID, read_link: ReadLink
) -> None:
    await browser.post("/sign-in", {"email": KIM})
    digits = find_digits((await browser.get("/sign-in/mail")).text).replace(" ", "")
    [secret] = browser.cookies.values()
    token = (await read_link()).rpartition("/")[2]

    thief = Browser(members.anonymous())
    await thief.post("/sign-in/digits", type_in(await read_link(), "12345"))

    rows = await members.pool.fetch(
        "SELECT t::text AS row FROM sign_in_link t UNION ALL SELECT a::text FROM audit a"
    )
    assert len(rows) > 1
    [(_, _, mail)] = await read_outbox(members.pool, ADDRESS_MAIL.name)

    assert not any(word in row["row"] for row in rows for word in (token, secret, digits))
    assert not any(word in str(mail) for word in (secret, digits))


async def test_an_address_gets_five_links_an_hour(members: Running, browser: Browser, kim: UUID) -> None:
    answers = [await browser.post("/sign-in", {"email": f"kim+{n}@example.org"}) for n in range(6)]

    assert [answer.status_code for answer in answers] == [303] * 5 + [429]
    assert "try again later" in answers[-1].text


async def test_another_sites_page_can_neither_ask_for_a_link_nor_type_digits(
    members: Running, browser: Browser, kim: UUID, read_link: ReadLink
) -> None:
    foreign = await browser.post("/sign-in", {"email": KIM}, headers=FOREIGN)
    attacker = Browser(members.anonymous())
    await attacker.post("/sign-in", {"email": KIM})
    digits = find_digits((await attacker.get("/sign-in/mail")).text)
    typed = await browser.post("/sign-in/digits", type_in(await read_link(), digits), headers=FOREIGN)

    assert (foreign.status_code, typed.status_code) == (403, 403)
    assert browser.cookies == {}


async def test_signing_in_gives_a_new_session_whatever_the_browser_had(
    members: Running, browser: Browser, kim: UUID, read_link: ReadLink
) -> None:
    planted = "planted.by.somebody"
    await browser.post("/sign-in", {"email": KIM})
    browser.cookies[COOKIE] = planted

    await browser.get(await read_link())

    assert browser.cookies[COOKIE] != planted
    assert await who(browser) == (200, str(kim))


async def test_one_more_address_is_ones_own_once_its_link_is_followed(
    members: Running, browser: Browser, kim: UUID, read_link: ReadLink
) -> None:
    await browser.post("/sign-in", {"email": KIM})
    await browser.get(await read_link())
    own = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}

    asked = await browser._ask(
        "POST", "/account/addresses", headers=own, json={"email": "k@work.example.org"}
    )
    followed = await browser.get(await read_link())

    assert (asked.status_code, followed.status_code) == (202, 303)
    listed = (await browser.get("/account", headers=own)).json()["addresses"]
    assert listed == [KIM, "k@work.example.org"]


@pytest.mark.parametrize(("wrong", "status"), [("nobody", 409), ("", 422)])
async def test_what_is_no_address_is_said_beside_the_field(browser: Browser, wrong: str, status: int) -> None:
    answer = await browser.post("/sign-in", {"email": wrong})

    assert answer.status_code == status
    assert "note off" in answer.text


async def test_a_network_asks_for_links_and_types_digits_thirty_times_in_a_quarter_of_an_hour(
    browser: Browser,
) -> None:
    here, elsewhere = (OURS | {"X-Forwarded-For": f"192.0.2.{n}"} for n in (1, 2))

    asked = [(await browser.post("/sign-in", headers=here)).status_code for _ in range(29)]
    typed = [(await browser.post("/sign-in/digits", headers=here)).status_code for _ in range(2)]

    assert (asked, typed) == ([422] * 29, [422, 429])
    refused = await browser.post("/sign-in", headers=here)
    assert (refused.status_code, int(refused.headers["retry-after"]) <= 900) == (429, True)
    assert (await browser.post("/sign-in", headers=elsewhere)).status_code == 422


async def test_who_was_erased_signs_in_and_allows_that_organisations_add_them_again(
    members: Running, browser: Browser, kim: UUID, read_link: ReadLink
) -> None:
    await people.erase(members.pool, kim)
    person = {"given_name": "Kim", "family_name": "Beispiel", "email": KIM, "organisation": "giz"}
    coordinator = await members.as_coordinator("giz")
    assert (await coordinator.post("/members", json=person)).status_code == 409

    await browser.post("/sign-in", {"email": KIM})
    await browser.get(await read_link())
    left = (await browser.get("/me")).text
    allowed = await browser.post("/me/return")

    assert "You have left the network" in left
    assert allowed.headers["location"] == "/me"
    assert "Your account is no member’s" in (await browser.get("/me")).text
    joined = await coordinator.post("/members", json=person)
    assert (joined.status_code, joined.json()["outcome"]) == (201, "joined")


async def test_nobody_allows_anything_for_another_who_was_erased(members: Running, kim: UUID) -> None:
    await people.erase(members.pool, kim)
    by_issuer = open_client(members.app, build_headers(await people.open_account(members.pool, subject="x")))

    assert "You have left the network" not in (await by_issuer.get("/me", headers=BROWSER)).text
    assert (await by_issuer.post("/me/return", headers=BROWSER)).status_code == 404
    assert (await members.anonymous().post("/me/return", headers=BROWSER)).status_code in (303, 401)
    assert await members.pool.fetchval("SELECT count(*) FROM erased_address") == 1
