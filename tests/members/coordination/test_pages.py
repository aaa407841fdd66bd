"""The pages where an organisation's coordinators begin: what waits, who they are, what was done."""

from shared.contracts.catalogue import ADDRESS_MAIL
from shared.contracts.members import MandateRole
from shared.testing.access import build_headers
from shared.testing.services import Running, open_client, read_outbox
from tests.members import people
from tests.members.page_forms import read, send
from tests.members.people import COLLEAGUE
from tests.members.uploads import HEADER, MAPPING, ImportList, make_list
from tests.shared.web.page_reader import BROWSER, GERMAN, find_navigation

HOME = "/organisations/daad"
PAGES = ("", "/mandates", "/audit")


async def test_a_home_says_what_waits_and_is_friendly_when_nothing_does(
    members: Running, import_list: ImportList
) -> None:
    own = await members.as_coordinator("daad")
    assert "Nothing needs you" in await read(own, HOME)

    await import_list(f"{HEADER}1,Kim,Beispiel,nobody\n".encode(), MAPPING)
    await send(own, f"{HOME}/mandates", email="colleague@example.org", language="de")

    home = await read(own, HOME)
    assert "One thing needs you" in home
    assert '<span class="count num">1</span> row of a list couldn’t be taken' in home
    assert '<span class="count num">1</span> colleague hasn’t signed in yet' in home
    other = await read(await members.as_coordinator("giz"), "/organisations/giz")
    assert "Nothing needs you" in other


async def test_the_menu_calls_organisations_by_their_names(members: Running) -> None:
    own = await members.as_coordinator("daad")

    await read(own, HOME)

    assert (HOME, "My organisation") in find_navigation(await read(own, HOME))
    both = await read(await members.as_coordinator("daad", "giz"), HOME)
    assert ">Deutscher Akademischer Austauschdienst" in both


async def test_a_colleague_is_invited_by_mail_and_the_mandate_taken_back(members: Running) -> None:
    own = await members.as_coordinator("daad")
    path = f"{HOME}/mandates"

    assert "This is missing." in await send(own, path, 422, email="", language="de")
    refused = await send(own, path, 409, email="nobody", language="de")
    assert "This is no e-mail address." in refused
    assert 'value="nobody"' in refused
    await send(own, path, email="colleague@example.org", language="de")

    [(_, _, mail)] = await read_outbox(members.pool, ADDRESS_MAIL.name)
    assert (mail["address"], mail["language"], mail["kind"]) == ("colleague@example.org", "de", "mandate")
    assert "colleague@example.org" in await read(own, path)
    mandate = await members.pool.fetchval("SELECT mandate FROM mandate")
    assert "What follows" in await read(own, f"{path}/{mandate}")
    await send(own, f"{path}/{mandate}", 422, typed="somebody")
    await send(own, f"{path}/{mandate}", typed="colleague@example.org")
    assert "colleague@example.org" not in await read(own, path)
    audit = await read(own, f"{HOME}/audit")
    assert "invited a coordinator" in audit
    assert "took a mandate back" in audit
    assert "colleague@example.org" not in audit


async def test_who_did_something_is_called_as_the_organisation_knows_them(members: Running) -> None:
    root = await people.appoint(members.pool, MandateRole.OPERATOR, None, "root")
    (await members.http.post("/mandates", json=COLLEAGUE, headers=root)).raise_for_status()
    colleague = await people.open_account(members.pool, "kim@example.org")
    http = open_client(members.app, build_headers(colleague))
    await send(http, f"{HOME}/mandates", email="one-more@example.org", language="de")

    audit = await read(await members.as_coordinator("daad"), f"{HOME}/audit")

    assert "<td>Operator of the installation</td>" in audit
    assert "<td>Kim@Example.org</td>" in audit


async def test_what_was_done_is_read_page_by_page(members: Running) -> None:
    own = await members.as_coordinator("daad")
    for number in range(3):
        await send(own, f"{HOME}/mandates", email=f"c{number}@example.org", language="de")

    first = await read(own, f"{HOME}/audit?limit=2&lang=de")
    assert first.count("hat eine Koordinatorin oder einen Koordinator eingeladen") == 2
    assert "cursor=" in first


async def test_what_was_done_without_pages_is_read_there_too(
    members: Running, import_list: ImportList
) -> None:
    await import_list(make_list(1), MAPPING)
    person = {"family_name": "Neu", "email": "new@example.org", "organisation": "daad"}
    (await members.http.post("/members", json=person)).raise_for_status()

    audit = await read(await members.as_coordinator("daad"), f"{HOME}/audit")

    assert "brought a list" in audit
    assert "added a member" in audit
    other = await read(await members.as_coordinator("giz"), "/organisations/giz/audit")
    assert "brought a list" not in other


async def test_pages_of_another_organisation_are_not_found(members: Running) -> None:
    own = await members.as_coordinator("daad")
    await send(own, f"{HOME}/mandates", email="colleague@example.org", language="de")
    mandate = await members.pool.fetchval("SELECT mandate FROM mandate")
    foreign = await members.as_coordinator("giz")

    for page in (*PAGES, f"/mandates/{mandate}"):
        await read(foreign, HOME + page, 404)
    await read(foreign, f"/organisations/giz/mandates/{mandate}", 404)
    await send(foreign, f"{HOME}/mandates", 404, email="me@example.org", language="de")
    await send(foreign, f"/organisations/giz/mandates/{mandate}", 404, typed="colleague@example.org")
    await read(await members.as_operator(), HOME, 403)


async def test_pages_speak_german_and_ask_who_is_nobody_to_sign_in(members: Running) -> None:
    own = await members.as_coordinator("daad")

    for page in PAGES:
        answer = await own.get(HOME + page, headers=GERMAN)
        assert (answer.status_code, answer.headers["Content-Language"]) == (200, "de")
        assert answer.headers["Cache-Control"] == "private, no-store"
        asked = await members.anonymous().get(HOME + page, headers=BROWSER)
        assert (asked.status_code, asked.headers["Location"].partition("?")[0]) == (303, "/sign-in")
