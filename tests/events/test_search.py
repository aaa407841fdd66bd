"""The search: a question finds what has all its words, however either of them is spelled."""

import unicodedata
from pathlib import Path
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

import services.events
from services.events.search import build_like_patterns
from shared.folding import fold_text
from shared.testing.services import Running
from tests.events.samples import CreateOffer

FOLDED_LETTERS = Path(services.events.__path__[0]) / "migrations" / "0002_folded_letters.sql"
CITIES = {
    "Łódź": ["Lodz", "LÓDŹ"],
    "Đà Nẵng": ["da nang", "ĐÀ NẴNG"],
    "Tromsø": ["tromso", "Tromsö"],
    "Diyarbakır": ["diyarbakir", "DİYARBAKIR", "DIYARBAKIR"],
}


def _fold_as_before(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in spread if not unicodedata.combining(sign))


# Left out are letters that were stored as no words have them: with an iota below them, and a few symbols of Greek.
LETTERS = [chr(code) for code in range(0xC0, 0x3000) if chr(code).isalpha()]
WORDS = "St. L’Aquila – Halle Buch\u00adhandel ٢٠٢٧ ™ " + " ".join(
    letter
    for letter in LETTERS
    if "\u0345" not in unicodedata.normalize("NFD", letter)
    and _fold_as_before(letter) == _fold_as_before(letter).casefold()
)


@given(st.text(max_size=40))
def test_any_question_becomes_patterns_that_postgresql_can_hold(question: str) -> None:
    for pattern in build_like_patterns(question):
        assert pattern.startswith("%")
        assert pattern.endswith("%")
        assert "\0" not in pattern
        pattern.encode()


def test_signs_with_a_meaning_in_like_are_meant_literally() -> None:
    assert build_like_patterns("50 % a_b") == ["%50%", r"%\%%", r"%a\_b%"]


async def test_a_city_is_found_by_whatever_keyboard(events: Running, create_offer: CreateOffer) -> None:
    for city, questions in CITIES.items():
        offer = await create_offer(city=city)
        for question in (city, *questions):
            assert await _search(events, question) == [offer]
    assert await _search(events, "Oslo") == []


async def _search(events: Running, question: str) -> list[UUID]:
    found = await events.http.get("/offers", params={"q": question})
    return [UUID(item["offer"]) for item in found.json()["items"]]


async def test_what_was_stored_before_is_found_in_the_same_way(
    events: Running, create_offer: CreateOffer
) -> None:
    await create_offer()
    stored = _fold_as_before(WORDS)
    await events.pool.execute("UPDATE offer SET search = $1", stored)
    await events.pool.execute("UPDATE organisation SET search = $1", stored)

    await events.pool.execute(FOLDED_LETTERS.read_text())

    for table in ("offer", "organisation"):
        found = await events.pool.fetchval(f"SELECT search FROM {table} LIMIT 1")
        assert found.split() == fold_text(WORDS).split()
