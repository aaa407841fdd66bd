"""The page of who comes: by name, to the hosts alone; they withdraw and register members, and take a safe table."""

import csv
import io
from uuid import UUID, uuid4

from services.events.replicas import members
from shared.contracts.members import Affiliation
from shared.postgres.pool import transaction
from shared.testing.services import Running, read_outbox
from tests.events.pages import read, send
from tests.events.samples import CreateOffer, build_message, build_profile
from tests.shared.web.page_reader import BROWSER, GERMAN

HOST = "deutscher-bundestag"


async def join(events: Running, given_name: str, family_name: str, organisation: str = HOST) -> str:
    member = uuid4()
    affiliations = (Affiliation(organisation=organisation, organisation_id=uuid4()),)
    profile = build_profile(member, given_name=given_name, family_name=family_name, affiliations=affiliations)
    async with transaction(events.pool) as tx:
        await members.project_members(tx, [build_message(profile, member)])
    return str(member)


async def test_hosts_see_names_and_register_and_withdraw_members(
    events: Running, create_offer: CreateOffer
) -> None:
    offer, host = await create_offer(places=1), await events.as_coordinator(HOST)
    path = f"/organisations/{HOST}/offers/{offer}/registrations"
    first, second = await join(events, "Rosa", "Beispiel"), await join(events, "Max", "Muster")
    other = await join(events, "Eva", "Beispiel", "daad")

    found = await read(host, f"{path}?name=beispiel")
    assert "Rosa Beispiel" in found
    assert other not in found
    await send(host, path, act="register", one=first)
    await send(host, path, act="register", one=second)
    await send(host, path, 409, act="register", one=first)
    page = await read(host, path)
    assert "One member comes" in page
    assert "One waits for a place" in page
    assert page.index("Rosa Beispiel") < page.index("Max Muster")
    seat = await events.pool.fetchval("SELECT registration FROM registration WHERE state = 'registered'")
    await send(host, path, act="withdraw", one=str(seat))

    states = await events.pool.fetch("SELECT member::text, state FROM registration ORDER BY number")
    assert [tuple(row) for row in states] == [(first, "withdrawn"), (second, "registered")]
    audited = await events.pool.fetch(
        "SELECT on_behalf_of::text, organisation FROM audit WHERE verb = 'change_guests'"
    )
    assert [tuple(row) for row in audited] == [(who, HOST) for who in (first, second, first)]


async def test_the_table_of_guests_acts_in_no_spreadsheet(events: Running, create_offer: CreateOffer) -> None:
    offer, host = await create_offer(), await events.as_coordinator(HOST)
    base = f"/organisations/{HOST}/offers/{offer}"
    await send(host, f"{base}/registrations", act="register", one=await join(events, "Rosa", "Beispiel"))
    # As a replica may hold it from before names were checked.
    await events.pool.execute("UPDATE member SET given_name = '=HYPERLINK(1)' WHERE given_name = 'Rosa'")

    answer = await host.get(f"{base}/registrations.csv", headers=GERMAN)

    assert answer.headers["Cache-Control"] == "private, no-store"
    header, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert header[0] == "Name"
    assert row[:2] == ["'=HYPERLINK(1) Beispiel", "Hat einen Platz"]
    foreign = await events.as_coordinator("daad")
    assert (await foreign.get(f"{base}/registrations.csv", headers=BROWSER)).status_code == 404


async def test_hosts_note_what_nobody_else_reads(events: Running, create_offer: CreateOffer) -> None:
    offer, other = await create_offer(co_hosts=["auswaertiges-amt"]), await create_offer()
    host, co_host, foreign = [
        await events.as_coordinator(each) for each in (HOST, "auswaertiges-amt", "daad")
    ]
    member = await join(events, "Rosa", "Beispiel")
    guest = events.as_member(UUID(member))
    registered = (await guest.post(f"/offers/{offer}/registrations", json={})).json()["registration"]
    base, sent = f"/organisations/{HOST}/offers/{offer}/registrations", await read_outbox(events.pool)
    path = f"{base}/{registered}"

    assert f'href="{path}"' in await read(host, base)
    await send(host, path, note="=HYPERLINK(1)")
    assert "=HYPERLINK(1)" in await read(host, path)
    written = await co_host.put(f"/registrations/{registered}/note", json={"note": "Comes at noon."})
    listed = (await host.get(f"/offers/{offer}/registrations")).json()["items"]
    assert [each["note"] for each in (written.json(), *listed)] == ["Comes at noon."] * 2
    assert "Comes at noon." in await read(host, base)
    assert "Comes at noon." in (await host.get(f"{base}.csv")).text

    assert (await foreign.put(f"/registrations/{registered}/note", json={"note": "x"})).status_code == 404
    assert (await guest.put(f"/registrations/{registered}/note", json={"note": "x"})).status_code == 403
    elsewhere = f"/organisations/{HOST}/offers/{other}/registrations/{registered}"
    for who, at in ((foreign, path), (foreign, path.replace(HOST, "daad")), (host, elsewhere)):
        await read(who, at, 404)
        await send(who, at, 404, note="x")
    seen = [(await guest.get(each)).text for each in (f"/registrations/{registered}", "/me/registrations")]
    assert not any("noon" in text for text in seen)
    assert await read_outbox(events.pool) == sent
    assert await events.pool.fetchval("SELECT note FROM registration") == "Comes at noon."
