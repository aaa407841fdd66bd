"""The pages of advice: each says what waits, does what is theirs to do, and is refused to whom it isn't."""

from uuid import UUID, uuid4

import httpx
import pytest

from shared.testing.services import Running
from tests.matching.network import URALS, Network
from tests.shared.web.page_reader import BROWSER, GERMAN

QUESTION = "Wir suchen Rat zu Normen für Gussteile, vertraulich."


async def read(http: httpx.AsyncClient, path: str, status: int = 200) -> str:
    """A page as a browser gets it."""
    answer = await http.get(path, headers=BROWSER)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:2000])
    return answer.text


async def send(http: httpx.AsyncClient, path: str, status: int = 303, **typed: str) -> str:
    """What a form of a page is answered with."""
    answer = await http.post(path, data=typed, headers=BROWSER)
    assert answer.status_code == status, (path, answer.status_code, answer.text[-3000:])
    return answer.text


async def brokered(network: Network, state: str = "proposed") -> tuple[UUID, UUID, UUID, UUID]:
    """Contact person, requester, adviser, and a request in this state."""
    contact = await network.open_desk()
    requester = await network.add_member(given_name="Rosa", family_name="Fragt", advises=False)
    adviser = await network.add_member(given_name="Anna", family_name="Weiß")
    request = await network.request_mentorship(requester, question=QUESTION)
    if state != "requested":
        proposal = await network.propose_adviser(request, contact, adviser)
        if state in ("accepted", "agreed"):
            await network.accept_proposal(proposal, adviser)
        if state == "agreed":
            await network.post(f"/requests/{request}/agreement", by=requester)
    return contact, requester, adviser, request


async def test_a_member_asks_agrees_and_ends_by_pages_alone(network: Network, matching: Running) -> None:
    contact = await network.open_desk()
    requester = await network.add_member(given_name="Rosa", family_name="Fragt", advises=False)
    adviser = await network.add_member(given_name="Anna", family_name="Weiß")
    asker, desk, asked = [matching.as_member(one) for one in (requester, contact, adviser)]
    assert "Nothing waits for you" in await read(asker, "/advice")

    await send(asker, "/advice/new", region=URALS, question=QUESTION, languages="de", themes="trade")
    request = str(await matching.pool.fetchval("SELECT request FROM request"))
    assert QUESTION in await read(asker, f"/advice/requests/{request}")
    assert "1</span> request at your desk" in await read(desk, "/advice")
    assert "Rosa Fragt" in await read(desk, "/advice/desk")
    at_desk = await read(desk, f"/advice/desk/{request}")
    assert "Anna Weiß" in at_desk
    assert "Region 35/35" in at_desk
    await send(desk, f"/advice/desk/{request}", act="take")
    await send(desk, f"/advice/desk/{request}", act="propose", adviser=str(adviser))

    assert "One thing waits for you" in await read(asked, "/advice")
    question = await read(asked, f"/advice/requests/{request}")
    assert QUESTION in question
    assert "Rosa" not in question
    assert "Anna" not in await read(asker, f"/advice/requests/{request}")
    await send(asked, f"/advice/requests/{request}", act="accept")
    assert "Rosa Fragt" in await read(asked, f"/advice/requests/{request}")
    assert "Anna Weiß would advise you" in await read(asker, f"/advice/requests/{request}")
    await send(asker, f"/advice/requests/{request}", act="agree")
    assert "Anna Weiß advises you" in await read(asker, f"/advice/requests/{request}")
    await send(asker, f"/advice/requests/{request}", act="end")
    assert await network.read_state(UUID(request)) == "ended"


async def test_an_adviser_declines_with_a_reason_that_the_desk_alone_reads(
    network: Network, matching: Running
) -> None:
    contact, requester, adviser, request = await brokered(network)
    path = f"/advice/requests/{request}"

    await send(matching.as_member(adviser), path, act="decline", reason="Ich bin krank.")

    assert "Ich bin krank." in await read(matching.as_member(contact), f"/advice/desk/{request}")
    assert "Ich bin krank." not in await read(matching.as_member(requester), path)
    await read(matching.as_member(adviser), path, status=404)


async def test_a_form_that_lacks_something_comes_again_with_all_that_was_typed(
    network: Network, matching: Running
) -> None:
    asker = matching.as_member(await network.add_member())

    lacking = await send(asker, "/advice/new", 422, question="", region=URALS)
    assert f'<option value="{URALS}" selected' in lacking
    assert 'aria-invalid="true"' in lacking
    refused = await send(asker, "/advice/new", 409, question=QUESTION, region=URALS)
    assert "No desk answers for this region yet" in refused
    assert QUESTION in refused


async def test_an_adviser_changes_their_places(network: Network, matching: Running) -> None:
    adviser = matching.as_member(await network.add_member())

    assert 'value="1"' in await read(adviser, "/advice/places")
    await send(adviser, "/advice/places", 422, capacity="21")
    await send(adviser, "/advice/places", capacity="3")
    assert "You take on 3 mentorships at a time; 0 are taken" in await read(adviser, "/advice")


async def test_an_adviser_who_is_full_is_told_in_a_sentence(network: Network, matching: Running) -> None:
    contact, adviser = await network.open_desk(), await network.add_member()
    (_, first), (request, _) = await network.propose_to_many(contact, adviser, 2)
    await network.accept_proposal(first, adviser)

    refused = await send(matching.as_member(adviser), f"/advice/requests/{request}", 409, act="accept")
    assert "You have no free place" in refused


@pytest.mark.parametrize("state", ["requested", "proposed", "accepted", "agreed"])
async def test_pages_of_others_are_not_found(network: Network, matching: Running, state: str) -> None:
    _, requester, adviser, request = await brokered(network, state)
    stranger = matching.as_member(uuid4())

    await read(stranger, f"/advice/requests/{request}", 404)
    for who in (stranger, matching.as_member(requester), matching.as_member(adviser)):
        await read(who, f"/advice/desk/{request}", 404)
        await send(who, f"/advice/desk/{request}", 404, act="take")
    await send(stranger, f"/advice/requests/{request}", 404, act="end")


async def test_a_coordinator_staffs_the_desk_of_their_organisation(
    network: Network, matching: Running
) -> None:
    mine = {"organisation": "giz", "organisation_id": str(uuid4())}
    one = await network.add_member(given_name="Rosa", family_name="Beispiel", affiliations=(mine,))
    other = await network.add_member(given_name="Max", family_name="Beispiel")
    operator, own = await matching.as_operator(), await matching.as_coordinator("giz")
    path = f"/advice/desks/{URALS}"

    assert "You staff no desk yet" in await read(own, "/advice/desks")
    await send(operator, "/advice/desks", region=URALS, organisation="giz")
    assert "You staff one desk" in await read(own, "/advice/desks")
    found = await read(own, f"{path}?name=beispiel")
    assert "Rosa Beispiel" in found
    assert "Max Beispiel" not in found
    assert str(other) not in found
    await send(own, path, act="contact", member=str(one))
    assert "Rosa Beispiel" in await read(own, path)
    assert "needs a contact person" in await send(own, path, 409, act="remove", member=str(one))
    await read(await matching.as_coordinator("daad"), path, 403)
    await send(await matching.as_coordinator("daad"), path, 403, act="remove", member=str(one))


async def test_pages_speak_german_and_ask_who_is_nobody_to_sign_in(
    network: Network, matching: Running
) -> None:
    contact, requester, adviser, request = await brokered(network)
    for member, path in (
        (requester, "/advice"),
        (requester, "/advice/new"),
        (adviser, f"/advice/requests/{request}"),
        (contact, "/advice/desk"),
        (contact, f"/advice/desk/{request}"),
        (adviser, "/advice/places"),
    ):
        page = await matching.as_member(member).get(path, headers=GERMAN)
        assert (page.status_code, page.headers["Content-Language"]) == (200, "de")
        assert page.headers["Cache-Control"] == "private, no-store"
        asked = await matching.anonymous().get(path, headers=BROWSER)
        assert (asked.status_code, asked.headers["Location"].partition("?")[0]) == (303, "/sign-in")
