"""How the search compares words."""

from hypothesis import given
from hypothesis import strategies as st

from services.events.search import build_like_patterns, normalize_text


def test_the_search_knows_no_case_and_no_diacritics() -> None:
    assert (
        normalize_text("Städtepartnerschaften in Łódź, STRASSE") == "stadtepartnerschaften in łodz, strasse"
    )
    assert normalize_text("Straße") == "strasse"


@given(st.text(max_size=40))
def test_any_question_becomes_patterns_that_postgresql_can_hold(question: str) -> None:
    for pattern in build_like_patterns(question):
        assert pattern.startswith("%")
        assert pattern.endswith("%")
        assert "\0" not in pattern
        pattern.encode()


def test_signs_with_a_meaning_in_like_are_meant_literally() -> None:
    assert build_like_patterns("50 % a_b") == ["%50%", r"%\%%", r"%a\_b%"]
