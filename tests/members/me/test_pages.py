"""A member's own pages: what is known of them, changed by forms alone; nobody else's."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.members.accounts import addresses
from shared.contracts.catalogue import ADDRESS_MAIL, PROFILE
from shared.postgres.pool import transaction
from shared.runtime.service import Service
from shared.testing.access import give_mandates
from shared.testing.services import Running, open_client, read_outbox, running_service
from tests.members import people
from tests.shared.web.page_reader import BROWSER, GERMAN

PAGES = ("/me", "/me/profile", "/me/addresses", "/me/leave")
FILLED: dict[str, Any] = {
    "given_name": "Kim",
    "family_name": "Neumann",
    "language": "de",
    "languages": ["de", "fr"],
    "themes": ["trade"],
    "add_region": "europe",
    "advises": "1",
    "residence": "FR",
}


@pytest.fixture
async def members(service: Service) -> AsyncIterator[Running]:
    """Members with an organisation."""
    async with running_service(service) as running:
        await people.add_organisation(running.pool, "daad")
        yield running


async def read(http: httpx.AsyncClient, path: str, status: int = 200) -> str:
    """A page as a browser gets it."""
    answer = await http.get(path, headers=BROWSER)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
    return answer.text


async def send(http: httpx.AsyncClient, path: str, status: int = 303, **typed: Any) -> httpx.Response:
    """What a form of a page is answered with."""
    answer = await http.post(path, data=typed, headers=BROWSER)
    assert answer.status_code == status, (path, answer.status_code, answer.text[-3000:])
    return answer


async def test_a_member_changes_the_profile_and_sees_what_changed_and_by_whom(
    members: Running, me: httpx.AsyncClient, kim: UUID
) -> None:
    assert "Nothing has changed since you joined" in await read(me, "/me")
    assert "3</span> things missing" in await read(me, "/me")

    assert (await send(me, "/me/profile", **FILLED)).headers["Location"] == "/me"
    page = await read(me, "/me")

    assert "Kim Neumann" in page
    assert "missing" not in page
    assert "by you" in page
    changed = (await read_outbox(members.pool, PROFILE.name))[-1]
    assert changed[:2] == ("MemberChanged", str(kim))
    assert changed[2] | {"regions": ["europe"], "advises": True, "residence": "FR"} == changed[2]
    fields = await members.pool.fetchval("SELECT fields FROM profile_change")
    assert fields == sorted(
        ["advises", "family_name", "language", "languages", "regions", "residence", "themes"]
    )
    assert 'value="Neumann"' in await read(me, "/me/profile")


async def test_what_stays_as_it_was_tells_nobody(members: Running, me: httpx.AsyncClient, kim: UUID) -> None:
    await send(me, "/me/profile", **FILLED)
    sent = await read_outbox(members.pool, PROFILE.name)

    await send(
        me, "/me/profile", **FILLED | {"add_region": "", "regions": ["europe"], "languages": ["fr", "de"]}
    )
    same = await me.patch(f"/members/{kim}", json={"residence": "FR"})

    assert same.status_code == 200
    assert await read_outbox(members.pool, PROFILE.name) == sent
    assert await members.pool.fetchval("SELECT count(*) FROM profile_change") == 1


async def test_a_field_that_a_patch_does_not_name_stays(me: httpx.AsyncClient, kim: UUID) -> None:
    await send(me, "/me/profile", **FILLED)

    changed = (await me.patch(f"/members/{kim}", json={"residence": None})).json()

    assert (changed["residence"], changed["family_name"], changed["advises"]) == (None, "Neumann", True)


async def test_a_profile_that_can_not_be_comes_again_as_it_was_typed(
    members: Running, me: httpx.AsyncClient
) -> None:
    nameless = await send(me, "/me/profile", 422, **FILLED | {"given_name": "", "family_name": " "})
    elsewhere = await send(me, "/me/profile", 422, **FILLED | {"posting": "daad"})

    assert "A given or a family name is needed" in nameless.text
    assert '<option value="FR" selected' in nameless.text
    assert "There is no such mission" in elsewhere.text
    assert await members.pool.fetchval("SELECT count(*) FROM profile_change") == 0


async def test_an_organisation_that_adds_an_affiliation_is_in_the_history(
    members: Running, me: httpx.AsyncClient
) -> None:
    await people.add_organisation(members.pool, "giz")
    await people.join(members.pool, people.KIM, "giz")

    page = await read(me, "/me")

    assert "affiliation" in page
    assert "by GIZ" in page


async def test_nobody_changes_another_members_profile(
    members: Running, me: httpx.AsyncClient, kim: UUID
) -> None:
    other = await people.join(members.pool, "toni@example.org")
    coordinator = await members.as_coordinator("daad", member=uuid4())

    answers = [
        await me.patch(f"/members/{other}", json={"residence": "FR"}),
        await coordinator.patch(f"/members/{kim}", json={"residence": "FR"}),
        await members.http.patch(f"/members/{kim}", json={"residence": "FR"}),
        await members.anonymous().patch(f"/members/{kim}", json={"residence": "FR"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 403, 401]


async def test_mails_go_to_the_address_that_a_member_chooses(
    members: Running, me: httpx.AsyncClient, kim: UUID
) -> None:
    async with transaction(members.pool) as tx:
        await addresses.add_address(tx, kim, "kim@work.example.org")

    await send(me, "/me/addresses", act="primary", address="KIM@work.example.org")

    assert (await me.get("/account")).json()["addresses"] == ["kim@work.example.org", people.KIM]
    assert (await read_outbox(members.pool, PROFILE.name))[-1][2]["email"] == "kim@work.example.org"
    await send(me, "/me/addresses", act="remove", address=people.KIM)
    assert (await me.get("/account")).json()["addresses"] == ["kim@work.example.org"]
    await send(me, "/me/addresses", 404, act="primary", address=people.KIM)


async def test_one_more_address_is_asked_for_by_a_form(members: Running, me: httpx.AsyncClient) -> None:
    answer = await send(me, "/me/addresses", email="kim@work.example.org")

    assert "__Host-sign-in=" in answer.headers["set-cookie"]
    [(_, _, mail)] = await read_outbox(members.pool, ADDRESS_MAIL.name)
    assert (mail["kind"], mail["address"]) == ("address-proof", "kim@work.example.org")
    assert "This is no e-mail address" in (await send(me, "/me/addresses", 409, email="nobody")).text


@pytest.mark.parametrize("path", PAGES)
async def test_each_page_is_for_whoever_has_signed_in_and_speaks_german(
    members: Running, me: httpx.AsyncClient, path: str
) -> None:
    signed_out = await members.anonymous().get(path, headers=BROWSER)
    page = (await me.get(path, headers=BROWSER | GERMAN)).text

    assert (signed_out.status_code, signed_out.headers["Location"]) == (303, f"/sign-in?return={path}")
    assert '<html lang="de">' in page
    assert "Meine Seite" in page
    assert people.KIM in page or path in ("/me/profile", "/me/leave")


async def test_whoever_is_no_member_is_led_to_where_they_act(members: Running) -> None:
    coordinator = await members.as_coordinator("daad")
    led = await coordinator.get("/me?lang=de", headers=BROWSER)
    of_nothing = open_client(members.app, await give_mandates(members.pool, []))

    assert (led.status_code, led.headers["Location"]) == (303, "/organisations/daad?lang=de")
    assert (await members.http.get("/me", headers=BROWSER)).headers["Location"] == "/console"
    assert "Your account is no member’s" in await read(of_nothing, "/me")
    await read(coordinator, "/me/profile", 403)
