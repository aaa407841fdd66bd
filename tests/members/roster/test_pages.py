"""An organisation's coordinators find its members, look at one, and add one; others find nothing."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shared.testing.services import Running
from tests.members.page_forms import read, send
from tests.members.uploads import MAPPING, ImportList
from tests.shared.web.page_reader import BROWSER, GERMAN

MEMBERS = "/organisations/daad/members"
LIST = """id,first,last,mail,year
D-1,Anna,Weißenberg,anna@example.org,2019
D-2,Łukasz,Müller,lukasz@example.org,2020
D-3,Anna,Müller-Nguyễn,anna.mueller@example.org,2019
D-4,,Suharto,suharto@example.org,
"""
OTHER = "id,first,last,mail\nG-1,Greta,Fremd,greta@example.org\n"


@pytest.fixture
async def own(members: Running, import_list: ImportList) -> httpx.AsyncClient:
    """A coordinator of an organisation with four members; another one has a fifth."""
    await import_list(LIST.encode(), MAPPING + b'cohort = "year"\n')
    await import_list(OTHER.encode(), MAPPING.replace(b"daad", b"giz"))
    return await members.as_coordinator("daad")


async def find(own: httpx.AsyncClient, **sought: str) -> list[str]:
    """The family names of those who are found, in their order."""
    page = await own.get(MEMBERS, params=sought, headers=BROWSER)
    assert page.status_code == 200, page.text
    names = ("Müller,", "Müller-Nguyễn,", "Suharto", "Weißenberg,", "Fremd,")
    at = {name.strip(","): page.text.find(f">{name}") for name in names}
    return sorted((name for name, place in at.items() if place > 0), key=lambda name: at[name])


async def test_members_are_found_by_name_address_id_and_filters(own: httpx.AsyncClient) -> None:
    everybody = ["Müller", "Müller-Nguyễn", "Suharto", "Weißenberg"]

    assert await find(own) == everybody
    assert await find(own, q="muller") == ["Müller", "Müller-Nguyễn"]
    assert await find(own, q="anna weißenberg") == ["Weißenberg"] == await find(own, q="Weißenberg, Anna")
    assert await find(own, q="SUHARTO") == ["Suharto"]
    assert await find(own, q="anna+x@example.org") == ["Weißenberg"]
    assert await find(own, q="anna@") == []
    assert await find(own, q="D-2") == ["Müller"]
    assert await find(own, cohort="2019") == ["Müller-Nguyễn", "Weißenberg"]
    assert await find(own, cohort="2019", q="m") == ["Müller-Nguyễn"]
    assert await find(own, role="staff") == []
    assert await find(own, cohort="never") == everybody
    for foreign in ("fremd", "greta@example.org", "G-1"):
        assert await find(own, q=foreign) == []


async def test_a_list_that_finds_nobody_names_the_way_back(own: httpx.AsyncClient) -> None:
    page = await read(own, f"{MEMBERS}?q=nobody")

    assert "No member of yours is like this" in page
    assert f'href="{MEMBERS}">Show all members' in page


async def test_a_name_that_changes_and_one_that_is_erased_are_found_as_they_are(
    members: Running, own: httpx.AsyncClient
) -> None:
    await members.pool.execute("UPDATE member SET family_name = 'Šimić' WHERE family_name = 'Suharto'")
    assert "Šimić" in await read(own, f"{MEMBERS}?q=simic")

    await members.pool.execute("DELETE FROM newcomer")
    gone = await members.pool.fetchval("SELECT member FROM member WHERE family_name = 'Weißenberg'")
    (await members.http.delete(f"/members/{gone}")).raise_for_status()
    assert await find(own) == ["Müller", "Müller-Nguyễn"]


async def test_members_come_page_by_page(own: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.members.roster.pages.SHOWN", 3)

    first = await read(own, f"{MEMBERS}?lang=de")
    [(_, address)] = [
        each.split('href="') for each in first.split("</a>") if 'rel="next"' in each and 'href="' in each
    ][-1:]
    second = await read(own, address.partition('"')[0].replace("&amp;", "&"))

    assert "Suharto" in first
    assert "Weißenberg" not in first
    assert "Weißenberg" in second
    assert "Suharto" not in second


async def test_a_member_is_added_and_shown_with_what_the_organisation_knows(
    members: Running, own: httpx.AsyncClient
) -> None:
    typed: Any = {
        "given_name": "Greta",
        "family_name": "Fremd",
        "email": "Greta@example.org",
        "role": "staff",
    }

    lacking = await send(own, f"{MEMBERS}/new", 422, **typed | {"email": ""}, cohort="new")
    assert "Write a number in digits." in lacking
    assert 'value="Greta"' in lacking
    refused = await send(own, f"{MEMBERS}/new", 409, **typed | {"given_name": "Otto", "family_name": "Kurz"})
    assert "Somebody else has this address." in refused
    path = await send(own, f"{MEMBERS}/new", **typed, cohort="2021", reference="D-9")

    member = await read(own, path)
    assert "Greta Fremd" in member
    assert "D-9" in member
    assert "G-1" not in member
    assert await find(own, role="staff") == ["Fremd"]


async def test_members_of_another_organisation_are_not_found(
    members: Running, own: httpx.AsyncClient
) -> None:
    foreign: UUID = await members.pool.fetchval("SELECT member FROM member WHERE family_name = 'Fremd'")
    ours: UUID = await members.pool.fetchval("SELECT member FROM member WHERE family_name = 'Suharto'")
    other = await members.as_coordinator("giz")

    for member in (foreign, uuid4()):
        await read(own, f"{MEMBERS}/{member}", 404)
    for page in ("", "/new", f"/{ours}"):
        await read(other, MEMBERS + page, 404)
        asked = await members.anonymous().get(MEMBERS + page, headers=BROWSER)
        assert asked.headers["Location"].partition("?")[0] == "/sign-in"
        german = await own.get(MEMBERS + page, headers=GERMAN)
        assert (german.status_code, german.headers["Content-Language"]) == (200, "de")
    await send(other, f"{MEMBERS}/new", 404, family_name="Neu", email="neu@example.org")
