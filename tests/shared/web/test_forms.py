"""A form does what it says once, and comes back with all that was typed and what is wrong, in the reader's language."""

import asyncio
import re
from uuid import uuid4

import httpx
import pytest

from shared.testing.services import Running
from shared.web.flash import Flash
from tests.shared.web.page_reader import BROWSER, GERMAN, find_errors, find_key, find_note

MEETING = {
    "title": "Westbalkan",
    "email": "office@example.org",
    "about": "Two days\r\nin Tirana",
    "country": "DE",
    "themes": ["cities", "media"],
    "mode": "online",
    "day": "2027-03-04",
}


async def add(toy: Running, name: str, key: str | None = None, **headers: str) -> httpx.Response:
    fields = {"name": name, "_key": key or str(uuid4())}
    return await toy.http.post("/tallies/new", data=fields, headers=BROWSER | headers)


async def count_tallies(toy: Running, name: str) -> int:
    return int(await toy.pool.fetchval("SELECT count(*) FROM tally WHERE tally = $1", name))


async def test_what_was_done_is_said_on_the_next_page_and_not_on_the_one_after_it(toy: Running) -> None:
    added = await add(toy, "said")
    cookie = re.match(r"flash=([^;]+)", added.headers["Set-Cookie"])
    assert cookie
    then = await toy.http.get(added.headers["Location"], headers=GERMAN | {"Cookie": f"flash={cookie[1]}"})

    assert added.status_code == 303
    assert await count_tallies(toy, "said") == 1
    assert find_note(then.text, "done flash") == "Die Strichliste ist angelegt."
    assert then.headers["Set-Cookie"].startswith('flash=""; expires=')
    assert then.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "forged",
    ["toy.unknown", "toy.removed", "toy.removed.1.2", "toy.added.<b>", "toy.", "web.added", "x" * 5000],
)
async def test_nobody_puts_words_of_their_own_on_a_page(toy: Running, forged: str) -> None:
    page = await toy.http.get("/gallery", headers=BROWSER | {"Cookie": f"flash={forged}"})

    assert page.status_code == 200
    assert find_note(page.text, "done flash") is None


async def test_a_form_comes_back_with_everything_typed_and_a_sentence_for_each_field(toy: Running) -> None:
    typed = MEETING | {"title": "<b>" * 100, "email": "@", "places": "many", "day": "soon", "country": "XX"}
    again = await toy.http.post("/gallery/plan", data=typed, headers=GERMAN)

    assert again.status_code == 422
    assert find_errors(again.text) == {
        "title": "Das ist zu lang: höchstens 200 Zeichen.",
        "email": "So ist das nicht richtig geschrieben.",
        "day": "Wählen Sie einen Tag, zum Beispiel 31.12.2026.",
        "places": "Schreiben Sie eine Zahl in Ziffern.",
        "country": "Wählen Sie etwas von dem, was zur Wahl steht.",
    }
    assert (
        find_note(again.text, "off") == "5 Angaben fehlen oder stimmen nicht. Es ist noch nichts geschehen."
    )
    assert '<a href="#f-places">Plätze</a>: Schreiben Sie' in again.text
    assert 'id="f-places" name="places" type="text" value="many"' in again.text
    assert f'value="{"&lt;b&gt;" * 100}"' in again.text
    assert ">\nTwo days\nin Tirana</textarea>" in again.text
    assert re.findall(r'value="([a-z]+)" checked', again.text) == ["cities", "media", "online"]


async def test_what_is_empty_is_missing_unless_it_may_be(toy: Running) -> None:
    again = await toy.http.post("/gallery/plan", data={"title": "  ", "closes": ""}, headers=BROWSER)

    assert set(find_errors(again.text)) == {*MEETING}
    assert set(find_errors(again.text).values()) == {"This is missing."}


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "There is a tally of this name already. Choose another name."),
        ("de", "Eine Strichliste dieses Namens gibt es schon. Wählen Sie einen anderen Namen."),
    ],
)
async def test_a_refusal_stands_on_top_of_the_form(toy: Running, language: str, sentence: str) -> None:
    await add(toy, "known")
    refused = await add(toy, "known", **{"Accept-Language": language})

    assert refused.status_code == 409
    assert find_note(refused.text, "off") == sentence
    assert 'value="known"' in refused.text


async def test_a_refusal_that_no_translation_knows_is_said_as_it_is(toy: Running) -> None:
    refused = await toy.http.post("/gallery/plan", data=MEETING | {"places": "13"}, headers=GERMAN)

    assert find_note(refused.text, "off") == "Thirteen places can't be had."


async def test_what_is_sent_twice_is_done_once(toy: Running) -> None:
    form = (await toy.http.get("/tallies/new", headers=BROWSER)).text
    first, second = await asyncio.gather(*(add(toy, "twice", find_key(form)) for _ in range(2)))

    assert [first.status_code, second.status_code] == [303, 303]
    assert await count_tallies(toy, "twice") == 1


async def test_a_form_that_was_sent_before_with_other_values_asks_once_more(toy: Running) -> None:
    key = str(uuid4())
    await add(toy, "once", key)
    asked = await add(toy, "more", key)
    again = await add(toy, "more", find_key(asked.text))

    assert asked.status_code == 409
    assert "sent already, with other values" in (find_note(asked.text, "off") or "")
    assert again.status_code == 303


async def test_what_cannot_be_undone_asks_for_the_name_as_it_is_written(toy: Running) -> None:
    await add(toy, "removable")
    typed = {"reason": "A double.", "typed": "Removable"}
    asked = await toy.http.post("/gallery/remove/removable", data=typed, headers=BROWSER)
    done = await toy.http.post(
        "/gallery/remove/removable", data=typed | {"typed": "removable"}, headers=BROWSER
    )

    assert find_errors(asked.text) == {"typed": "Type “removable”, exactly as it is written."}
    assert "flash=toy.removed.0" in done.headers["Set-Cookie"]
    assert await count_tallies(toy, "removable") == 0


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": {"title": "x" * 260_000}}, 413),
        ({"json": {"title": "x"}}, 415),
        ({"files": {"title": b"x"}}, 415),
    ],
)
async def test_a_form_takes_no_more_than_a_form(
    toy: Running, sent: dict[str, dict[str, object]], status: int
) -> None:
    refused = await toy.http.post("/gallery/plan", headers=BROWSER, **sent)  # type: ignore[arg-type]

    assert refused.status_code == status
    assert refused.headers["Content-Type"].startswith("text/html")


async def test_a_file_comes_with_its_form_or_lacks(toy: Running) -> None:
    none = await toy.http.post("/gallery/upload", files={"list": ("", b"")}, headers=BROWSER)
    read = await toy.http.post("/gallery/upload", files={"list": ("a.csv", b"a;b")}, headers=BROWSER)

    assert find_errors(none.text) == {"list": "This is missing."}
    assert find_note(read.text, "done") == "3 bytes were read."


def test_a_message_travels_as_a_key_and_counts() -> None:
    assert Flash("members", "imported", (120, 3)).write() == "members.imported.120.3"
