"""What was published is written anew: it goes out again, calendars take it over, and nothing is overwritten unseen."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.events.offers.content import OfferContent
from shared.contracts.catalogue import OFFER
from shared.testing.services import Running, read_outbox
from tests.events.pages import read, send
from tests.events.samples import COLLOQUIUM, CreateOffer, join_members
from tests.shared.web.page_reader import find_errors, find_fields, find_note

HOST = "deutscher-bundestag"
CONTENT = {name: value for name, value in COLLOQUIUM.items() if name in OfferContent.model_fields}
LATER = [{"starts": "2099-12-18T14:00", "ends": "2099-12-19T16:00"}]
DAY = timedelta(days=1)


async def read_sent(events: Running) -> list[tuple[str, dict[str, Any]]]:
    """Type and data of each message about an offer."""
    return [(type, data) for type, _, data in await read_outbox(events.pool, OFFER.name)]


async def test_what_is_written_anew_goes_out_as_a_new_revision_once(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=64)
    anew = CONTENT | {"title": "Kolloquium in Wien", "city": "Wien", "country": "AT", "occurrences": LATER}

    answers = [await events.http.put(f"/offers/{offer}", json=anew) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    _, (type, public) = await read_sent(events)
    assert (type, public["title"], public["places"]) == ("EventChanged", "Kolloquium in Wien", 64)
    assert public["occurrences"][0]["starts"] == "2099-12-18T14:00:00"
    calendar = (await events.http.get("/offers.ics?q=kolloquium%20wien&country=AT")).text
    assert "SEQUENCE:2" in calendar
    assert "DTSTART:20991218T130000Z" in calendar


async def test_a_draft_is_written_anew_in_silence_and_so_is_a_copy_of_an_offer(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(slug="first", co_hosts=["daad"], registration_closes="2099-12-01T12:00")
    sent = await read_sent(events)
    co_host = await events.as_coordinator("daad")
    wanted = {"slug": "second", "organisation": "daad"}

    copied = await co_host.post(f"/offers/{offer}/copies", json=wanted)
    taken = await co_host.post(f"/offers/{offer}/copies", json=wanted | {"slug": "first"})
    path = copied.headers["Location"]
    of_first, copy = (await co_host.get(f"/offers/{offer}")).json(), (await co_host.get(path)).json()
    past = [{"starts": "2020-12-18T14:00", "ends": "2020-12-19T16:00"}]
    changed = await co_host.put(path, json=CONTENT | {"occurrences": past})

    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/slug-taken")
    assert (copy["state"], copy["version"], copy["organisation"]) == ("draft", 0, "daad")
    assert (copy["co_hosts"], copy["registered"], copy["slug"]) == ([HOST], 0, "second")
    said = set(OfferContent.model_fields) | {"starts_at", "ends_at", "months", "region", "places"}
    assert {name: copy[name] for name in said} == {name: of_first[name] for name in said}
    assert changed.json()["occurrences"][0]["starts"] == "2020-12-18T14:00:00"
    assert await read_sent(events) == sent


async def test_what_cannot_be_changed_says_why_and_stays(events: Running, create_offer: CreateOffer) -> None:
    offer, cancelled = await create_offer(), await create_offer()
    await events.http.post(f"/offers/{cancelled}/cancellation", json={"reason": "Zu wenige Zusagen."})
    seen = (await events.http.get(f"/offers/{offer}")).json()["revised_at"]
    anew = CONTENT | {"title": "Erste", "revised_at": seen}
    (await events.http.put(f"/offers/{offer}", json=anew)).raise_for_status()
    sent = await read_sent(events)
    past = [{"starts": "2020-12-18T14:00", "ends": "2020-12-19T16:00"}]

    answers = [
        await events.http.put(f"/offers/{cancelled}", json=anew),
        await events.http.put(f"/offers/{offer}", json=anew | {"title": "Zweite"}),
        await events.http.put(f"/offers/{offer}", json=CONTENT | {"occurrences": past}),
        await events.http.put(f"/offers/{offer}", json=CONTENT | {"slug": "another"}),
        await events.http.put(f"/offers/{offer}", json=anew),
    ]

    told = [answer.json().get("type", "").rpartition("/")[2] for answer in answers]
    assert told == ["offer-cancelled", "offer-changed", "dates-past", "invalid", ""]
    assert await read_sent(events) == sent


async def test_who_waits_moves_up_where_what_had_begun_begins_later_now(
    events: Running, create_offer: CreateOffer
) -> None:
    offer, members = await create_offer(places=1), await join_members(events.pool, 2)
    first, second = [
        (await events.as_member(member).post(f"/offers/{offer}/registrations", json={})).json()
        for member in members
    ]
    today = datetime.now(UTC).date()
    begun = [{"starts": f"{today - DAY}T00:00", "ends": f"{today + 2 * DAY}T00:00"}]
    (await events.http.put(f"/offers/{offer}", json=CONTENT | {"occurrences": begun})).raise_for_status()
    await events.http.delete(f"/registrations/{first['registration']}")
    waiting = (await events.http.get(f"/registrations/{second['registration']}")).json()

    await events.http.put(f"/offers/{offer}", json=CONTENT)

    moved = (await events.http.get(f"/registrations/{second['registration']}")).json()
    assert (waiting["state"], moved["state"]) == ("waitlisted", "registered")


async def test_the_form_holds_what_the_offer_says_and_keeps_what_is_changed(
    events: Running, create_offer: CreateOffer
) -> None:
    occurrences = [*LATER, {"starts": "2099-12-28T10:00", "ends": "2099-12-28T12:00"}]
    offer = await create_offer(
        occurrences=occurrences, registration_closes="2099-12-01T12:00", venue="Haus", waiting_list=False
    )
    [member] = await join_members(events.pool, 1)
    await events.as_member(member).post(f"/offers/{offer}/registrations", json={})
    host, path = await events.as_coordinator(HOST), f"/organisations/{HOST}/offers/{offer}"
    assert f'href="{path}/change"' in await read(host, path)
    page = await read(host, f"{path}/change")
    fields, sent = find_fields(page), await read_sent(events)
    assert "One member who is registered or waits gets a mail" in (find_note(page, "info") or "")

    await send(host, f"{path}/change", **fields)
    assert await read_sent(events) == sent
    more = await send(host, f"{path}/change", 200, more="1", **fields)
    assert 'name="starts_3"' in more
    assert find_fields(more)["title"] == fields["title"]
    await send(host, f"{path}/change", **fields | {"title": "Anders", "starts_2": "", "ends_2": ""})
    assert "Somebody else changed" in await send(host, f"{path}/change", 409, **fields | {"title": "Neu"})
    wrong = await send(host, f"{path}/change", 422, **fields | {"title": ""})

    assert set(find_errors(wrong)) == {"title"}
    _, (_, public) = await read_sent(events)
    assert (public["title"], len(public["occurrences"]), public["waiting_list"]) == ("Anders", 1, False)


async def test_an_offer_is_used_again_and_then_changed(events: Running, create_offer: CreateOffer) -> None:
    offer, host = await create_offer(slug="first"), await events.as_coordinator(HOST)
    path = f"/organisations/{HOST}/offers/{offer}/copy"
    fields = find_fields(await read(host, path))

    assert "Another offer has this short name" in await send(host, path, 409, **fields | {"slug": "first"})
    for _ in range(2):
        await send(host, path, **fields | {"slug": "second"})

    copies = await events.pool.fetch("SELECT offer FROM offer WHERE slug = 'second'")
    [copy] = copies
    form = await read(host, f"/organisations/{HOST}/offers/{copy['offer']}/change")
    assert find_fields(form)["title"] == [COLLOQUIUM["title"]]


async def test_nobody_else_changes_or_copies_the_offer_of_an_organisation(
    events: Running, create_offer: CreateOffer
) -> None:
    offer, draft = await create_offer(), await create_offer(published=False)
    sent, foreign = await read_sent(events), await events.as_coordinator("daad")

    for theirs in (offer, draft):
        assert (await foreign.put(f"/offers/{theirs}", json=CONTENT)).status_code == 404
        for organisation in ("daad", HOST):
            copy = {"slug": "theirs", "organisation": organisation}
            assert (await foreign.post(f"/offers/{theirs}/copies", json=copy)).status_code == 404
            for page in ("change", "copy"):
                path = f"/organisations/{organisation}/offers/{theirs}/{page}"
                await read(foreign, path, 404)
                await send(foreign, path, 404, slug="theirs", title="Ihres")
    assert (await foreign.put(f"/offers/{uuid4()}", json=CONTENT)).status_code == 404
    assert (await events.as_member(UUID(int=1)).put(f"/offers/{offer}", json=CONTENT)).status_code == 403

    assert await read_sent(events) == sent
    assert await events.pool.fetchval("SELECT count(*) FROM offer") == 2
