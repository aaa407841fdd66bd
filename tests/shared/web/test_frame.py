"""The frame of every page: each visitor's own navigation, the language that stays, and what may be kept of it."""

import pytest

from shared.testing.services import Running
from tests.shared.web.page_reader import BROWSER, GERMAN, find_navigation

OFFERS, ADVICE, ME = ("/", "Offers"), ("/advice", "Advice"), ("/me", "My page")
DAAD = ("/organisations/daad", "My organisation")
SEVERAL = [("/organisations/daad", "daad"), ("/organisations/deutscher-bundestag", "deutscher-bundestag")]


@pytest.mark.parametrize(
    ("role", "entries"),
    [
        ("", [OFFERS]),
        ("member", [OFFERS, ADVICE, ME]),
        ("coordinator", [OFFERS, ADVICE, ME, DAAD]),
        ("everything", [OFFERS, ADVICE, ME, *SEVERAL, ("/console", "Console")]),
    ],
)
async def test_everybody_finds_in_the_navigation_what_is_theirs(
    toy: Running, role: str, entries: list[tuple[str, str]]
) -> None:
    page = (await toy.http.get("/gallery?q=a b", headers=BROWSER | {"Cookie": f"role={role}"})).text

    assert find_navigation(page) == entries
    assert ('action="/sign-out"' in page) == bool(role)
    assert ('href="/sign-in?return=/gallery' in page) == (not role)


async def test_one_comes_back_from_signing_in_to_where_one_was_and_nowhere_else(toy: Running) -> None:
    asked = await toy.http.get("http://service//evil.example/gallery?lang=de", headers=BROWSER)
    closed = await toy.http.get("/gallery/problems/401?q=a%26b&lang=de", headers=BROWSER)

    assert 'href="/sign-in?return=/evil.example/gallery%3Flang%3Dde"' in asked.text
    assert (closed.status_code, closed.headers["Location"]) == (
        303,
        "/sign-in?return=/gallery/problems/401%3Fq%3Da%2526b%26lang%3Dde",
    )


async def test_a_language_that_was_chosen_stays(toy: Running) -> None:
    chosen = await toy.http.get("/gallery?lang=de", headers=BROWSER)
    cookie = chosen.headers["Set-Cookie"]
    kept = await toy.http.get("/gallery", headers=BROWSER | {"Cookie": "language=de"})
    other = await toy.http.get("/gallery?lang=en", headers=BROWSER | {"Cookie": "language=de"})

    assert cookie.startswith("language=de; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax")
    assert [answer.headers["Content-Language"] for answer in (chosen, kept, other)] == ["de", "de", "en"]
    assert "Set-Cookie" not in kept.headers


@pytest.mark.parametrize(
    ("address", "site"), [("/gallery?lang=de", "cross-site"), ("/gallery?lang=xx", "same-origin")]
)
async def test_an_address_on_a_foreign_page_and_a_language_that_is_none_choose_nothing(
    toy: Running, address: str, site: str
) -> None:
    answer = await toy.http.get(address, headers=BROWSER | {"Sec-Fetch-Site": site})

    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(("role", "kept"), [("", "no-cache"), ("member", "private, no-store")])
async def test_a_page_of_a_person_is_kept_by_nobody(toy: Running, role: str, kept: str) -> None:
    headers = (await toy.http.get("/gallery", headers=GERMAN | {"Cookie": f"role={role}"})).headers

    assert headers["Cache-Control"] == kept
    assert "Cookie" in headers["Vary"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
