"""Texts: every kind in every language, escaped, one line for each value, without anything that calls home."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from services.notifications.composing import texts
from services.notifications.deliveries.kinds import Kind
from shared.contracts.members import AddressMailKind, AddressMailText

VALUES: dict[str, Any] = {
    "name": "Kim Beispiel",
    "other": "Toni Muster",
    "other_address": None,
    "organisation": "Akademischer Dienst",
    "link": "https://alumnibus.example/me/registrations",
    "title": "Regionaltreffen Westbalkan",
    "title_language": "de",
    "is_cancelled": False,
    "when": "Fri 11 December 2026",
    "where": "Tirana, Albania",
    "position": 2,
    "region": "Baden-Württemberg",
    "themes": "City partnerships",
    "from_country": "Russia",
    "to_country": "Germany",
    "lapse": "adviser-full",
    "dates": True,
    "place": False,
}


HOSTILE = '<script>alert(1)</script> & "x"\r\nBcc: a@example.org\x00\u2028{{ 7*7 }}'


EVERY = [(kind, language) for kind in Kind for language in texts.LANGUAGES]


class Tags(HTMLParser):
    """The tags of a page, and whether they are closed in order."""

    VOID = ("meta", "br", "link", "img")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_who_has_one_name_is_called_by_it_without_a_gap(kind: Kind, language: str) -> None:
    # As names are put together in SQL: given and family name, one of them empty.
    text = texts.render_text(kind, language, VALUES | {"name": " Suharto", "other": "Sukarni "})
    greeting = {"de": "Guten Tag Suharto,\n", "en": "Dear Suharto,\n"}[language]

    assert greeting in text.text
    for part in (text.subject, text.text):
        assert not re.search(r"Suharto  |  Suharto|Sukarni  |  Sukarni|Sukarni [,.:;]", part)


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_every_kind_has_a_whole_text_in_every_language(kind: Kind, language: str) -> None:
    text = texts.render_text(kind, language, VALUES)
    tags = Tags(text.html)

    assert 5 < len(text.subject) < 120
    assert "Kim Beispiel" in text.text
    assert "Kim Beispiel" in text.html
    assert len(text.body.splitlines()) > 4
    assert all(part.count(VALUES["link"]) == 1 for part in (text.text, text.html, text.body))
    assert not re.search(r"[{}|<>]|None|\n\n\n", text.text.replace(VALUES["link"], ""))
    assert tags.open == []
    assert not tags.seen & {"img", "script", "link", "iframe", "form"}
    assert f'<html lang="{language}">' in text.html


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_what_is_not_known_is_left_out(kind: Kind, language: str) -> None:
    """A region may span several countries; an offer may have no waiting list, a request no themes."""
    text = texts.render_text(kind, language, VALUES | {"to_country": None, "position": None, "themes": ""})

    assert "None" not in text.text + text.html
    assert not re.search(r": *$", text.text, re.MULTILINE)


def test_values_of_which_nobody_reads_a_mail_make_none() -> None:
    texts.render_text(Kind.REGISTERED, "de", VALUES | {"title": "ä" * 4_000, "name": "<&>" * 4_000})

    with pytest.raises(texts.TextTooLong):
        texts.render_text(Kind.REGISTERED, "de", VALUES | {"title": "ä" * texts.LONGEST_VALUES})


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_who_gave_a_place_back_is_not_asked_to_register_for_what_is_cancelled(language: str) -> None:
    for is_cancelled in (True, False):
        text = texts.render_text(Kind.WITHDRAWN, language, VALUES | {"is_cancelled": is_cancelled}).text
        assert bool(re.search("cancelled|abgesagt", text)) == is_cancelled
        assert bool(re.search("register again|neu an", text)) != is_cancelled


@pytest.mark.parametrize("kind", list(Kind))
def test_the_languages_say_different_things(kind: Kind) -> None:
    german, english = (texts.render_text(kind, language, VALUES) for language in ("de", "en"))

    assert german.subject != english.subject
    assert german.text != english.text


def test_there_is_a_template_for_each_kind_and_none_besides() -> None:
    folder = Path(texts.__file__).with_name("templates")
    for language in texts.LANGUAGES:
        assert {file.stem for file in (folder / language).glob("*.txt")} == {
            *Kind,
            *AddressMailKind,
            *AddressMailText,
        }


def test_who_reads_a_language_without_templates_gets_english() -> None:
    assert [texts.choose_language(language) for language in ("de", "en", "sw")] == ["de", "en", "en"]


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_whatever_a_value_holds_it_stays_one_line_of_text(kind: Kind, language: str) -> None:
    hostile = {name: HOSTILE if isinstance(value, str) else value for name, value in VALUES.items()}
    text = texts.render_text(kind, language, hostile | {"link": "https://x.example", "title_language": "de"})

    assert "<script" not in text.html
    assert "&lt;script&gt;" in text.html
    assert "{{ 7*7 }}" in text.text
    assert not re.search(r"[\r\n\x00\u2028]", text.subject)
    assert not re.search(r"^Bcc:", text.text, re.MULTILINE)


@pytest.mark.parametrize("kind", [Kind.ADVISER_UNAVAILABLE, Kind.PROPOSAL_LAPSED])
@pytest.mark.parametrize(
    ("language", "full", "left"),
    [("en", "no free place", "no longer offer"), ("de", "keinen freien Platz", "keinen Rat mehr")],
)
def test_a_proposal_that_lapsed_says_why(kind: Kind, language: str, full: str, left: str) -> None:
    told = {
        lapse: texts.render_text(kind, language, VALUES | {"lapse": lapse}).text
        for lapse in ("adviser-full", "adviser-left")
    }

    assert [full in told["adviser-full"], left in told["adviser-full"]] == [True, False]
    assert [full in told["adviser-left"], left in told["adviser-left"]] == [False, True]
