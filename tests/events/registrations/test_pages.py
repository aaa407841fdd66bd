"""Members register on an offer's page, and find and give back what they have, by forms alone."""

from uuid import UUID, uuid4

import httpx

from shared.testing.services import Running
from tests.events.samples import CreateMember, CreateOffer, join_members
from tests.shared.web.page_reader import BROWSER, GERMAN


async def read(http: httpx.AsyncClient, path: str, status: int = 200) -> str:
    """A page as a browser gets it."""
    answer = await http.get(path, headers=BROWSER)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
    return answer.text


async def send(http: httpx.AsyncClient, path: str, status: int = 303, **typed: str) -> httpx.Response:
    """What a form of a page is answered with."""
    answer = await http.post(path, data=typed, headers=BROWSER)
    assert answer.status_code == status, (path, answer.status_code, answer.text[-3000:])
    return answer


async def find_registration(events: Running, member: UUID) -> str:
    """The address of the member's only registration."""
    found = await events.pool.fetchval("SELECT registration FROM registration WHERE member = $1", member)
    return f"/me/registrations/{found}"


async def test_a_member_registers_finds_it_and_gives_it_back_to_who_waits(
    events: Running, create_offer: CreateOffer
) -> None:
    await create_offer(slug="gespraech", title="Ein Gespräch", places=1)
    first, second = await join_members(events.pool, 2)
    one, other = events.as_member(first), events.as_member(second)
    assert "You are registered for nothing" in await read(one, "/me/registrations")
    assert ">Register</button>" in await read(one, "/events/gespraech")

    assert (await send(one, "/events/gespraech")).headers["Location"] == "/events/gespraech"
    await send(other, "/events/gespraech")

    assert "You are registered" in await read(one, "/events/gespraech")
    assert "Waiting list, place 1" in await read(other, "/events/gespraech")
    assert "You have a place in one offer" in await read(one, "/me/registrations")
    waiting = await read(other, "/me/registrations")
    assert "You are on one waiting list" in waiting
    assert "Waiting list, place 1" in waiting
    own = await find_registration(events, first)
    page = await read(one, own)
    assert "Give my place back" in page
    assert 'href="/events/gespraech.ics"' in page
    await send(one, own)
    assert "Ein Gespräch" not in await read(one, "/me/registrations")
    assert "Given back on" in await read(one, own)
    assert "You have a place in one offer" in await read(other, "/me/registrations")


async def test_a_form_that_is_sent_twice_registers_once(
    events: Running, create_offer: CreateOffer, create_member: CreateMember
) -> None:
    await create_offer(slug="zweimal")
    member = events.as_member(await create_member())
    key = str(uuid4())

    answers = [await send(member, "/events/zweimal", _key=key) for _ in range(2)]
    again = await send(member, "/events/zweimal", 409, _key=str(uuid4()))

    assert [answer.headers["Location"] for answer in answers] == ["/events/zweimal"] * 2
    assert "You are registered" in again.text
    assert await events.pool.fetchval("SELECT count(*) FROM registration") == 1


async def test_who_has_not_signed_in_is_led_to_it_and_back(
    events: Running, create_offer: CreateOffer
) -> None:
    await create_offer(slug="offen")

    page = await read(events.anonymous(), "/events/offen")
    mine = await events.anonymous().get("/me/registrations", headers=BROWSER)

    assert 'href="/sign-in?return=/events/offen">Sign in to register' in page
    assert ">Register</button>" not in page
    assert (mine.status_code, mine.headers["Location"]) == (303, "/sign-in?return=/me/registrations")


async def test_who_is_no_member_is_told_so(events: Running, create_offer: CreateOffer) -> None:
    await create_offer(slug="mitglieder")
    coordinator = await events.as_coordinator("daad")

    assert "Registering is for members" in await read(coordinator, "/events/mitglieder")
    await send(coordinator, "/events/mitglieder", 403)
    await read(coordinator, "/me/registrations", 403)


async def test_a_full_offer_and_one_that_is_cancelled_refuse_with_a_sentence(
    events: Running, create_offer: CreateOffer
) -> None:
    await create_offer(slug="voll", places=1, waiting_list=False)
    cancelled = await create_offer(slug="abgesagt")
    first, second = await join_members(events.pool, 2)
    await send(events.as_member(first), "/events/voll")
    await events.http.post(f"/offers/{cancelled}/cancellation", json={"reason": "Sturm."})
    late = events.as_member(second)

    assert "there is no waiting list" in (await send(late, "/events/voll", 409)).text
    assert "This offer was cancelled" in (await send(late, "/events/abgesagt", 409)).text
    assert ">Register</button>" not in await read(late, "/events/abgesagt")
    await send(late, "/events/es-gibt-es-nicht", 404)


async def test_registrations_of_others_are_not_found(
    events: Running, create_offer: CreateOffer, create_member: CreateMember
) -> None:
    await create_offer(slug="meins")
    member = await create_member()
    await send(events.as_member(member), "/events/meins")
    own = await find_registration(events, member)
    stranger, host = (
        events.as_member(await create_member()),
        await events.as_coordinator("deutscher-bundestag", member=uuid4()),
    )

    for other in (stranger, host):
        await read(other, own, 404)
        await send(other, own, 404)
        assert "meins" not in await read(other, "/me/registrations")
    assert await events.pool.fetchval("SELECT state FROM registration") == "registered"


async def test_ones_registrations_speak_german(
    events: Running, create_offer: CreateOffer, create_member: CreateMember
) -> None:
    await create_offer(slug="deutsch")
    member = await create_member()
    http = events.as_member(member)
    assert ">Teilnehmen</button>" in (await http.get("/events/deutsch", headers=BROWSER | GERMAN)).text
    await send(http, "/events/deutsch")

    for path in ("/me/registrations", await find_registration(events, member)):
        page = (await http.get(path, headers=BROWSER | GERMAN)).text
        assert '<html lang="de">' in page
        assert "Meine Anmeldung" in page
