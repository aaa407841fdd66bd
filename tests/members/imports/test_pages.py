"""An organisation's coordinators bring a list: first what would happen, then what has, and the bad rows as a sheet."""

from typing import Any

import httpx

from shared.testing.services import Running
from shared.testing.waiting import eventually
from tests.members.page_forms import read
from tests.members.uploads import MAPPING, ImportList, make_list
from tests.shared.web.page_reader import BROWSER, GERMAN

LISTS = "/organisations/daad/imports"
LIST = b"Nr.;Vorname;Name;E-Mail\n1;Anna;Beispiel;anna@example.org\n2;Otto;Ohne;nobody\n"
READ = {
    "encoding": "utf-8",
    "column_email": "e-mail",
    "column_given_name": "Vorname",
    "column_family_name": "Name",
    "column_reference": "Nr.",
}


async def bring(
    http: httpx.AsyncClient, path: str, typed: dict[str, str], content: bytes | None = LIST, status: int = 303
) -> str:
    """What the form with a list is answered with; where it leads, if it was taken."""
    files: Any = {"list": ("list.csv", content or b"", "text/csv") if content else ("", b"", "text/csv")}
    answer = await http.post(path, data=typed, files=files, headers=BROWSER)
    assert answer.status_code == status, (answer.status_code, answer.text[-3000:])
    return str(answer.headers.get("Location", answer.text))


async def read_done(http: httpx.AsyncClient, path: str) -> str:
    """The page of an import that has ended."""

    async def ended() -> str | None:
        page = await read(http, path)
        return None if "<progress" in page else page

    return str(await eventually(ended, seconds=60))


async def test_a_list_is_previewed_then_brought_and_its_bad_rows_come_as_a_sheet(members: Running) -> None:
    own = await members.as_coordinator("daad")
    assert "No list was brought yet" in await read(own, LISTS)

    preview = await bring(own, f"{LISTS}/new", READ | {"act": "preview"})
    page = await read_done(own, preview)
    assert "One row would change something" in page
    assert "This is not one e-mail address." in page
    assert not await members.pool.fetchval("SELECT count(*) FROM member")
    done = await read_done(own, await bring(own, preview, {"act": "run"}))

    assert "One row changed something" in done
    assert await members.pool.fetchval("SELECT family_name FROM member") == "Beispiel"
    sheet = await own.get(f"{preview}/bad-rows.csv", headers=GERMAN)
    assert sheet.headers["Cache-Control"] == "private, no-store"
    assert sheet.content.decode("utf-8-sig").splitlines() == [
        '"Zeile";"Spalte";"Warum"',
        '"3";"e-mail";"Das ist nicht genau eine E-Mail-Adresse."',
    ]
    assert "done, with bad rows" in await read(own, LISTS)
    assert 'value="Vorname"' in await read(own, f"{LISTS}/new")


async def test_a_form_that_lacks_something_comes_again_with_all_that_was_typed(members: Running) -> None:
    own = await members.as_coordinator("daad")
    path = f"{LISTS}/new"

    lacking = await bring(own, path, READ | {"column_email": "", "column_given_name": ""}, None, 422)
    assert lacking.count("This is missing.") == 6
    assert 'value="Nr."' in lacking
    unknown = await bring(own, path, READ | {"column_email": "Mailbox"}, LIST, 409)
    assert "The list lacks one of the columns named below" in unknown
    assert 'value="Mailbox"' in unknown
    assert not await members.pool.fetchval("SELECT count(*) FROM import")


async def test_how_a_list_is_read_is_guessed_from_it_column_by_column_and_nothing_is_kept(
    members: Running,
) -> None:
    own = await members.as_coordinator("daad")
    path = f"{LISTS}/new"
    content = "Nr.;Vorname;Name;E-Mail;Bemerkung;Abschluss\n1;Jörg;Groß;joerg@example.org;x;31.03.2019\n"

    page = await bring(own, path, {"act": "guess"}, content.encode("cp1252"), 200)

    for guessed in ('value="E-Mail"', 'value="Vorname"', 'value="Name"', 'value="Abschluss"', "Groß"):
        assert guessed in page
    assert '<option value="windows-1252" selected' in page
    assert '<option value="%d.%m.%Y" selected' in page
    assert "isn’t read" in page
    assert "This is missing." in await bring(own, path, {"act": "guess"}, None, 200)
    assert "Save it as CSV" in await bring(own, path, {"act": "guess"}, b"PK\x03\x04" + b"x" * 99, 200)
    assert not await members.pool.fetchval("SELECT count(*) FROM import")
    other = await members.as_coordinator("giz")
    await bring(other, path, {"act": "guess"}, content.encode(), 404)


async def test_lists_of_another_organisation_are_not_found(members: Running, import_list: ImportList) -> None:
    taken = await import_list(make_list(1), MAPPING)
    ours = f"/{taken['import']}"
    own, other = await members.as_coordinator("daad"), await members.as_coordinator("giz")

    for page in ("", "/new", ours, f"{ours}/bad-rows.csv"):
        await read(other, LISTS + page, 404)
        asked = await members.anonymous().get(LISTS + page, headers=BROWSER)
        assert asked.headers["Location"].partition("?")[0] == "/sign-in"
        german = await own.get(LISTS + page, headers=GERMAN)
        assert german.status_code == 200
    both = await members.as_coordinator("daad", "giz")
    for somebody in (other, both):
        await read(somebody, f"/organisations/giz/imports{ours}", 404)
    await bring(other, f"{LISTS}/new", READ, status=404)
    await bring(other, f"/organisations/giz/imports{ours}", {"act": "run"}, status=404)
