"""The language that a person is answered in."""

import pytest

from shared.i18n.languages import preferred_language


@pytest.mark.parametrize(
    ("asked", "accept_language", "language"),
    [
        ("de", "en", "de"),
        (None, "de-AT,de;q=0.9,en;q=0.8", "de"),
        (None, "DE", "de"),
        (None, "fr, de;q=0.3, en;q=0.5", "en"),
        (None, "fr, de ; q=0.3", "de"),
        (None, "de;q=0, en;q=0.1", "en"),
        (None, "de;q=0", "en"),
        ("xx", "de", "de"),
        (None, "", "en"),
        (None, "*", "en"),
        (None, ";;q=abc,*;q=,de;q=2", "en"),
        (None, "de" * 10_000, "en"),
    ],
)
def test_the_language_is_the_one_asked_for_or_preferred(
    asked: str | None, accept_language: str, language: str
) -> None:
    assert preferred_language(asked, accept_language) == language
