"""The pages of an organisation's offers: found, published, changed and cancelled by its coordinators alone."""

from uuid import uuid4

import pytest

from shared.testing.services import Running, read_outbox
from tests.events.pages import read, send
from tests.events.samples import CreateOffer, join_members
from tests.shared.web.page_reader import BROWSER, GERMAN, find_errors

HOST = "deutscher-bundestag"
BASE = f"/organisations/{HOST}/offers"


async def test_hosts_find_their_offers_by_state_in_pages(events: Running, create_offer: CreateOffer) -> None:
    for number in range(3):
        await create_offer(title=f"Gathering {number}", published=number > 0)
    await create_offer(title="Of two hosts", co_hosts=["daad"])
    host, co_host = await events.as_coordinator(HOST), await events.as_coordinator("daad")

    everything = await read(host, BASE)
    assert "One draft isn’t published yet" in everything
    assert all(f"Gathering {number}" in everything for number in range(3))
    drafts = await read(host, f"{BASE}?state=draft")
    assert "Gathering 0" in drafts
    assert "Gathering 1" not in drafts
    first = await read(host, f"{BASE}?limit=3")
    assert 'rel="next"' in first
    theirs = await read(co_host, "/organisations/daad/offers")
    assert "Of two hosts" in theirs
    assert "Gathering" not in theirs


async def test_a_draft_is_published_and_gets_places_on_its_page(
    events: Running, create_offer: CreateOffer
) -> None:
    path = f"{BASE}/{await create_offer(published=False, places=10)}"
    host = await events.as_coordinator(HOST)

    assert "Nobody gets a mail about it" in await read(host, path)
    await send(host, path, act="publish")
    assert "Publish this draft" not in await read(host, path)
    await send(host, path, act="places", places="12")
    assert "places" in find_errors(await send(host, path, 422, act="places", places="0"))

    assert await events.pool.fetchval("SELECT places FROM offer") == 12
    audited = await events.pool.fetch("SELECT verb, organisation FROM audit WHERE verb = 'change_offer'")
    assert [tuple(row) for row in audited] == [("change_offer", HOST)] * 2


async def test_a_cancellation_is_asked_for_first_with_what_follows(
    events: Running, create_offer: CreateOffer
) -> None:
    offer, [member] = await create_offer(slug="colloquium"), await join_members(events.pool, 1)
    await events.as_member(member).post(f"/offers/{offer}/registrations", json={})
    path, host = f"{BASE}/{offer}", await events.as_coordinator(HOST)

    assert "One member who is registered or waits gets a mail" in await read(host, f"{path}/cancellation")
    wrong = await send(host, f"{path}/cancellation", 422, reason="", typed="another")
    assert set(find_errors(wrong)) == {"reason", "typed"}
    assert await events.pool.fetchval("SELECT state FROM offer") == "published"
    await send(host, f"{path}/cancellation", reason="The hall is closed.", typed="colloquium")

    assert "The hall is closed." in await read(host, path)
    assert await events.pool.fetchval("SELECT state FROM offer") == "cancelled"


@pytest.mark.parametrize("who", ["another organisation", "a member"])
async def test_the_pages_of_a_host_are_nobody_elses(
    events: Running, create_offer: CreateOffer, who: str
) -> None:
    offer = await create_offer()
    sent = await read_outbox(events.pool)
    foreign = await events.as_coordinator("daad") if who != "a member" else events.as_member(uuid4())
    expected = 404 if who != "a member" else 403

    for path in (BASE, f"{BASE}/{offer}", f"{BASE}/{offer}/cancellation", f"{BASE}/{offer}/registrations"):
        await read(foreign, path, expected)
    await send(foreign, f"{BASE}/{offer}", expected, act="publish")
    typed = {"reason": "No.", "typed": "offer"}
    await send(foreign, f"{BASE}/{offer}/cancellation", expected, **typed)
    # Through one's own organisation the offer of another isn't found either.
    if who != "a member":
        await read(foreign, f"/organisations/daad/offers/{offer}", 404)
        await send(foreign, f"/organisations/daad/offers/{offer}/cancellation", 404, **typed)
    assert await read_outbox(events.pool) == sent


async def test_the_pages_speak_german_and_ask_who_is_nobody_to_sign_in(
    events: Running, create_offer: CreateOffer
) -> None:
    offer, host = await create_offer(), await events.as_coordinator(HOST)
    for path in (
        BASE,
        f"{BASE}/new",
        f"{BASE}/{offer}",
        f"{BASE}/{offer}/cancellation",
        f"{BASE}/{offer}/registrations",
    ):
        page = await host.get(path, headers=GERMAN)
        assert (page.status_code, page.headers["Content-Language"]) == (200, "de")
        assert page.headers["Cache-Control"] == "private, no-store"
        asked = await events.anonymous().get(path, headers=BROWSER)
        assert (asked.status_code, asked.headers["Location"].partition("?")[0]) == (303, "/sign-in")
