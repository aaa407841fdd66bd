"""Coordinators change what their organisation says of a member, and fill or suggest the rest; nobody else does."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.catalogue import PROFILE
from shared.testing.access import build_headers
from shared.testing.services import Running, open_client, read_outbox
from tests.members import people
from tests.members.page_forms import read, send
from tests.members.releases import release_members
from tests.members.uploads import MAPPING, ImportList
from tests.shared.web.page_reader import BROWSER, GERMAN

MEMBERS = "/organisations/daad/members"
LIST = "id,first,last,mail,lives\nD-1,Kim,Beispiel,kim@example.org,FR\n"
SAME: dict[str, Any] = {"given_name": "Kim", "family_name": "Beispiel", "residence": "FR"}


@pytest.fixture
async def kim(members: Running, import_list: ImportList) -> UUID:
    """A member of two organisations, of whom the world knows."""
    for organisation in (b"daad", b"giz"):
        await import_list(LIST.encode(), MAPPING.replace(b"daad", organisation) + b'residence = "lives"\n')
    await release_members(members)
    member: UUID = await members.pool.fetchval("SELECT member FROM member")
    return member


@pytest.fixture
async def own(members: Running) -> httpx.AsyncClient:
    """A coordinator of one of the two."""
    return await members.as_coordinator("daad")


async def find_affiliation(members: Running, organisation: str) -> int:
    """The number of the affiliation to this organisation."""
    return int(
        await members.pool.fetchval("SELECT id FROM affiliation WHERE organisation = $1", organisation)
    )


async def read_last(members: Running) -> tuple[str, dict[str, Any]]:
    """Type and profile that were published last."""
    type, _, profile = (await read_outbox(members.pool, PROFILE.name))[-1]
    return type, dict(profile)


async def test_a_coordinator_changes_what_the_organisation_says_of_its_own_affiliation(
    members: Running, own: httpx.AsyncClient, kim: UUID
) -> None:
    path = f"{MEMBERS}/{kim}/affiliations/{await find_affiliation(members, 'daad')}"
    assert 'value="D-1"' in await read(own, path)
    typed: dict[str, Any] = {
        "role": "staff",
        "cohort": "2018",
        "completed_on": "2019-03-31",
        "reference": "D-7",
        "act": "change",
    }

    assert "A cohort is a year" in await send(own, path, 409, **typed | {"cohort": "2099"})
    assert await send(own, path, **typed) == f"{MEMBERS}/{kim}"

    page = await read(own, f"{MEMBERS}/{kim}")
    assert "D-7" in page
    type, told = await read_last(members)
    assert type == "MemberChanged"
    roles = {each["organisation"]: (each["role"], each["cohort"]) for each in told["affiliations"]}
    assert roles == {"daad": ("staff", 2018), "giz": ("alumnus", None)}
    sent = await read_outbox(members.pool)
    await send(own, path, **typed)
    assert await read_outbox(members.pool) == sent
    changes = await members.pool.fetch("SELECT organisation, fields FROM profile_change ORDER BY change")
    assert tuple(changes[-1]) == ("daad", ["affiliation"])


async def test_an_affiliation_that_is_one_already_is_refused(
    members: Running, own: httpx.AsyncClient, kim: UUID
) -> None:
    path = f"{MEMBERS}/{kim}/affiliations/{await find_affiliation(members, 'daad')}"
    await people.join(members.pool, people.KIM)
    typed: dict[str, Any] = {
        "given_name": "Kim",
        "family_name": "Beispiel",
        "email": people.KIM,
        "role": "staff",
    }
    await send(own, f"{MEMBERS}/new", **typed)

    assert "is that to your organisation already" in await send(own, path, 409, role="staff", act="change")
    assert "isn’t one of the organisation’s" in await send(own, path, 409, role="alumnus", programme="never")


async def test_an_affiliation_is_ended_and_the_person_stays_a_member(
    members: Running, own: httpx.AsyncClient, kim: UUID
) -> None:
    path = f"{MEMBERS}/{kim}/affiliations/{await find_affiliation(members, 'daad')}"
    await send(own, f"{MEMBERS}/{kim}/profile", **SAME | {"residence": "DE"})

    assert await send(own, path, act="end") == MEMBERS

    await read(own, f"{MEMBERS}/{kim}", 404)
    type, told = await read_last(members)
    assert (type, [each["organisation"] for each in told["affiliations"]]) == ("MemberChanged", ["giz"])
    assert await members.pool.fetchval("SELECT count(*) FROM suggestion") == 0
    assert await release_members(members) == 1
    await send(own, path, 404, act="end")


async def test_what_a_coordinator_knows_of_the_person_fills_what_is_empty_and_is_suggested_otherwise(
    members: Running, own: httpx.AsyncClient, kim: UUID
) -> None:
    path = f"{MEMBERS}/{kim}/profile"
    assert '<option value="FR" selected' in await read(own, path)
    typed = SAME | {"residence": "DE", "origin": "KE", "add_language": "sw"}

    assert await send(own, path, **typed) == f"{MEMBERS}/{kim}"

    page = await read(own, f"{MEMBERS}/{kim}")
    assert "waits for an answer since" in page
    type, told = await read_last(members)
    assert (type, told["residence"], told["origin"], told["languages"]) == (
        "MemberChanged",
        "FR",
        "KE",
        ["sw"],
    )
    me = open_client(members.app, build_headers(await people.open_account(members.pool, people.KIM), kim))
    home = await read(me, "/me")
    assert "languages, country of origin" in home
    assert "Now it says:" in home
    sent = await read_outbox(members.pool)
    await send(own, path, **typed)
    assert await read_outbox(members.pool) == sent
    which = await members.pool.fetchval("SELECT suggestion::text FROM suggestion")
    await send(me, "/me/suggestions", suggestion=which, act="decline")
    assert "declined on" in await read(own, f"{MEMBERS}/{kim}")


async def test_another_organisations_coordinators_find_none_of_it(
    members: Running, own: httpx.AsyncClient, kim: UUID
) -> None:
    ours, theirs = [await find_affiliation(members, each) for each in ("daad", "giz")]
    other, both = (
        await members.as_coordinator("humboldt-stiftung"),
        await members.as_coordinator("daad", "giz"),
    )
    await send(own, f"{MEMBERS}/{kim}/profile", **SAME | {"residence": "DE"})

    for page in ("/profile", f"/affiliations/{ours}"):
        await read(other, f"{MEMBERS}/{kim}{page}", 404)
        await send(other, f"{MEMBERS}/{kim}{page}", 404, role="staff", act="end", residence="DE")
        asked = await members.anonymous().get(f"{MEMBERS}/{kim}{page}", headers=BROWSER)
        assert asked.headers["Location"].partition("?")[0] == "/sign-in"
        assert (await own.get(f"{MEMBERS}/{kim}{page}", headers=GERMAN)).status_code == 200
    for somebody in (own, both):
        await read(somebody, f"{MEMBERS}/{kim}/affiliations/{theirs}", 404)
        await send(somebody, f"{MEMBERS}/{kim}/affiliations/{theirs}", 404, act="end")
    stranger = await people.join(members.pool, "toni@example.org", "giz")
    await send(own, f"{MEMBERS}/{stranger}/profile", 404, residence="DE")
    assert "waits for an answer" not in await read(both, f"/organisations/giz/members/{kim}")
    assert await members.pool.fetchval("SELECT count(*) FROM affiliation WHERE role <> 'alumnus'") == 0
