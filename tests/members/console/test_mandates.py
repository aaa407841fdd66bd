"""Operators give mandates on the console, and take them back; nobody else finds these pages."""

from typing import Any

import pytest

from shared.contracts.catalogue import ADDRESS_MAIL
from shared.contracts.members import MandateRole
from shared.testing.services import Running, open_client, read_outbox
from tests.members import people
from tests.members.page_forms import read, send
from tests.shared.web.page_reader import BROWSER, GERMAN, find_errors, find_note

MANDATES = "/console/members/mandates"
ISSUER = "https://issuer.example"


@pytest.fixture
def members(signing_in: Running) -> Running:
    """Members with two organisations."""
    return signing_in


async def test_an_operator_invites_another_one_and_the_last_one_stays(members: Running) -> None:
    otto = open_client(members.app, await people.appoint(members.pool, MandateRole.OPERATOR, None, "otto"))
    own = await members.pool.fetchval("SELECT mandate FROM mandate WHERE until IS NULL")
    name = await members.pool.fetchval(
        "SELECT coalesce(address, account::text) FROM mandate WHERE until IS NULL"
    )

    kept = await send(otto, f"{MANDATES}/{own}", 409, typed=name)
    assert find_note(kept, "off") or "This is the last operator" in kept
    wrong = await send(otto, f"{MANDATES}/new/operator", 422, email="", language="de")
    assert set(find_errors(wrong)) == {"email"}
    assert await send(otto, f"{MANDATES}/new/operator", email="kim@example.org", language="de") == MANDATES
    [(_, _, mail)] = await read_outbox(members.pool, ADDRESS_MAIL.name)
    assert (mail["kind"], mail["address"], mail["language"]) == ("mandate", "kim@example.org", "de")
    assert "kim@example.org" in await read(otto, MANDATES)

    await people.open_account(members.pool, "kim@example.org")
    assert "2 mandates of operators" in await read(otto, MANDATES)
    await send(otto, f"{MANDATES}/{own}", 422, typed="another")
    assert await send(otto, f"{MANDATES}/{own}", typed=name) == "/"
    await read(otto, MANDATES, 403)


async def test_a_first_coordinator_is_invited_and_a_system_let_in(members: Running) -> None:
    otto = open_client(members.app, await people.appoint(members.pool, MandateRole.OPERATOR, None, "otto"))
    invited: dict[str, Any] = {"organisation": "daad", "email": "anna@example.org", "language": "en"}
    system: dict[str, Any] = {"organisation": "daad", "issuer": ISSUER, "subject": "crm"}

    await send(otto, f"{MANDATES}/new/coordinator", **invited)
    unknown = await send(otto, f"{MANDATES}/new/coordinator", 404, **invited | {"organisation": "nobody"})
    await send(otto, f"{MANDATES}/new/partner-system", **system)

    assert "There is no such organisation" in unknown or "No organisation" in unknown
    given = await members.pool.fetch("SELECT role, scope FROM mandate WHERE scope <> '' ORDER BY role")
    assert [tuple(row) for row in given] == [("coordinator", "daad"), ("partner-system", "daad")]
    page = await read(otto, MANDATES)
    mandate = await members.pool.fetchval("SELECT mandate FROM mandate WHERE role = 'partner-system'")
    assert f"{MANDATES}/{mandate}" in page
    await send(otto, f"{MANDATES}/{mandate}", typed="daad")
    assert "No system of a partner is let in" in await read(otto, MANDATES)
    audited = await members.pool.fetch("SELECT verb, organisation FROM audit ORDER BY id")
    assert [tuple(row) for row in audited] == [
        ("give_from_console", "daad"),
        ("give_from_console", "daad"),
        ("take_back_from_console", "daad"),
    ]


async def test_the_pages_are_for_operators_alone_and_speak_german(members: Running) -> None:
    otto = open_client(members.app, await people.appoint(members.pool, MandateRole.OPERATOR, None, "otto"))
    anna = open_client(
        members.app, await people.appoint(members.pool, MandateRole.COORDINATOR, "daad", "anna")
    )
    mandate = await members.pool.fetchval("SELECT mandate FROM mandate WHERE scope = ''")

    for path in (MANDATES, f"{MANDATES}/new/operator", f"{MANDATES}/{mandate}"):
        await read(anna, path, 403)
        assert (await members.anonymous().get(path, headers=BROWSER)).status_code == 303
        page = await otto.get(path, headers=GERMAN)
        assert (page.status_code, page.headers["Content-Language"]) == (200, "de")
    await send(anna, f"{MANDATES}/new/operator", 403, email="anna@example.org", language="en")
    await send(anna, f"{MANDATES}/{mandate}", 403, typed="otto")
