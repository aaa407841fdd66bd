"""Texts: every kind in every language, escaped, dated in the place's own time, without anything that calls home."""

import re
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.notifications.channels import mail
from services.notifications.channels.mail import MailContent
from services.notifications.composing import occasions, texts
from services.notifications.deliveries.kinds import Kind
from shared.contracts.events import Mode, Occurrence
from tests.notifications import builders as build

VALUES: dict[str, Any] = {
    "name": "Kim Beispiel",
    "other": "Toni Muster",
    "organisation": "Akademischer Dienst",
    "link": "https://alumnibus.example/offers/regionaltreffen",
    "title": "Regionaltreffen Westbalkan",
    "title_language": "de",
    "when": "Fri, 11 Dec 2026",
    "where": "Tirana, Albania",
    "position": 2,
    "region": "Baden-Württemberg",
    "themes": "City partnerships",
    "from_country": "Russia",
    "to_country": "Germany",
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
def test_every_kind_has_a_whole_text_in_every_language(kind: Kind, language: str) -> None:
    text = texts.render_text(kind, language, VALUES)
    tags = Tags(text.html)

    assert 5 < len(text.subject) < 120
    assert "Kim Beispiel" in text.text
    assert "Kim Beispiel" in text.html
    assert len(text.body.splitlines()) > 4
    assert not re.search(r"[{}|<>]|None|\n\n\n", text.text.replace(VALUES["link"], ""))
    assert tags.open == []
    assert not tags.seen & {"img", "script", "link", "iframe", "form"}
    assert f'<html lang="{language}">' in text.html


@pytest.mark.parametrize("kind", list(Kind))
def test_the_languages_say_different_things(kind: Kind) -> None:
    german, english = (texts.render_text(kind, language, VALUES) for language in ("de", "en"))

    assert german.subject != english.subject
    assert german.text != english.text


def test_there_is_a_template_for_each_kind_and_none_besides() -> None:
    folder = Path(texts.__file__).with_name("templates")
    for language in texts.LANGUAGES:
        assert {file.stem for file in (folder / language).glob("*.txt")} == set(Kind)


def test_who_reads_a_language_without_templates_gets_english() -> None:
    assert [texts.choose_language(language) for language in ("de", "en", "sw")] == ["de", "en", "en"]


@pytest.mark.parametrize(("kind", "language"), EVERY)
def test_whatever_a_value_holds_it_stays_one_line_of_text(kind: Kind, language: str) -> None:
    hostile = {name: HOSTILE if isinstance(value, str) else value for name, value in VALUES.items()}
    text = texts.render_text(kind, language, hostile | {"link": None, "title_language": "de"})

    assert "<script" not in text.html
    assert "&lt;script&gt;" in text.html
    assert "{{ 7*7 }}" in text.text
    assert not re.search(r"[\r\n\x00\u2028]", text.subject)
    assert not re.search(r"^Bcc:", text.text, re.MULTILINE)


def test_no_value_can_add_a_header_to_the_mail() -> None:
    mail = _read(_letter(subject=HOSTILE, organisation=HOSTILE, name=HOSTILE))

    assert mail["Bcc"] is None
    assert [name for name, _ in mail.items()] == [name for name, _ in _read(_letter()).items()]
    assert len(mail["To"].addresses) == len(mail["From"].addresses) == 1
    assert mail["To"].addresses[0].addr_spec == "kim@example.org"


def test_a_mail_is_the_same_bytes_at_each_try() -> None:
    assert mail.write_mail(_letter(), "example.org") == mail.write_mail(_letter(), "example.org")


@pytest.mark.parametrize("organisation", ["Förderkreis, Köln", 'Verein "Brücke"', "Dienst; <e. V.>"])
def test_a_mail_says_what_it_is(organisation: str) -> None:
    text = "Zeile mit ü und =\n.\n..\n" + "lang " * 300
    mail = _read(_letter(organisation=organisation, subject="Grüße " * 30, text=text))

    assert mail["Message-ID"] == f"<{UUID(int=1)}@example.org>"
    assert mail["From"].addresses[0].display_name == organisation.strip()
    assert mail["From"].addresses[0].addr_spec == "no-reply@example.org"
    assert mail["Subject"] == ("Grüße " * 30).strip()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Alumnibus-Notification"] == str(UUID(int=1))
    assert mail["Reply-To"] is None
    assert mail["Date"].datetime == datetime.fromisoformat("2026-11-22T10:00:00+00:00")
    plain, html = mail.iter_parts()
    assert [plain.get_content_type(), html.get_content_type()] == ["text/plain", "text/html"]
    assert plain.get_content().split() == text.split()
    assert html.get_content().strip() == "<p>Guten Tag</p>" * 200
    assert not mail.defects


def test_every_line_of_a_mail_fits_and_ends_as_smtp_wants_it() -> None:
    long = "Ёлка " * 30
    written = mail.write_mail(_letter(subject="Grüße " * 30, organisation=long), "example.org")
    sender = str(make_header(decode_header(message_from_bytes(written)["From"])))

    assert sender == f"{long.strip()} <no-reply@example.org>"
    assert written.isascii()
    assert all(len(line) <= 78 for line in written.split(b"\r\n"))
    assert b"\n" not in written.replace(b"\r\n", b"")


def test_an_answer_to_an_agreement_goes_to_the_other_person() -> None:
    agreed = _letter(kind=Kind.MENTORSHIP_AGREED, other_address="toni@example.org")

    assert _read(agreed)["Reply-To"] == "toni@example.org"


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a b@example.org", "a@b@c.org", "x\r\nBcc: y@example.org", "a,b@example.org", "<a@b.org>"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        mail.write_mail(_letter(address=address), "example.org")


def test_an_address_of_an_international_domain_goes_out_in_idna() -> None:
    assert mail.encode_address("kim@müller.example") == "kim@xn--mller-kva.example"


@pytest.mark.parametrize(
    ("zone", "starts", "ends", "language", "written"),
    [
        (
            "Europe/Tirane",
            "2026-12-11T14:00",
            "2026-12-12T16:00",
            "de",
            "Fr., 11. – Sa., 12. Dez. 2026, ab 14:00 Uhr MEZ",
        ),
        (
            "Europe/Tirane",
            "2026-12-11T14:00",
            "2026-12-12T16:00",
            "en",
            "Fri, 11 Dec – Sat, 12 Dec 2026, from 14:00 CET",
        ),
        (
            "Europe/Berlin",
            "2026-07-01T18:00",
            "2026-07-01T19:30",
            "en",
            "Wed, 1 Jul 2026, 18:00–19:30 CEST",
        ),
        (
            "Asia/Tbilisi",
            "2026-07-01T18:00",
            "2026-07-01T19:30",
            "de",
            "Mi., 1. Juli 2026, 18:00–19:30 Uhr GMT+04:00",
        ),
        (
            "Asia/Kolkata",
            "2026-12-31T22:00",
            "2027-01-01T02:00",
            "en",
            "Thu, 31 Dec 2026 – Fri, 1 Jan 2027, from 22:00 IST",
        ),
    ],
)
def test_times_are_the_places_own(zone: str, starts: str, ends: str, language: str, written: str) -> None:
    once = Occurrence(starts=datetime.fromisoformat(starts), ends=datetime.fromisoformat(ends))
    offer = build.offer(UUID(int=1), timezone=zone, occurrences=(once,)).data
    assert offer is not None

    assert occasions.format_dates(offer, language) == written


def test_of_many_dates_the_first_five_are_listed_and_the_others_counted() -> None:
    days = [datetime.fromisoformat(f"2026-03-0{day}T18:00") for day in range(1, 8)]
    evenings = tuple(Occurrence(starts=day, ends=day.replace(hour=20)) for day in days)
    offer = build.offer(UUID(int=1), timezone="Europe/Berlin", occurrences=evenings).data
    assert offer is not None

    assert occasions.format_dates(offer, "en").endswith("; Thu, 5 Mar 2026, 18:00–20:00 CET; and 2 more")
    assert occasions.format_dates(offer, "de").endswith(
        "; Do., 5. März 2026, 18:00–20:00 Uhr MEZ; und 2 weitere"
    )


def test_a_place_is_named_and_a_hybrid_offer_is_online_too() -> None:
    hybrid = build.offer(UUID(int=1), mode=Mode.HYBRID, venue="Goethe-Zentrum").data
    online = build.offer(UUID(int=1), mode=Mode.ONLINE, city=None, country=None).data
    assert hybrid is not None
    assert online is not None

    assert occasions.format_location(hybrid, "de") == "Goethe-Zentrum, Tirana, Albanien, und online"
    assert occasions.format_location(online, "en") == "online"


def _read(letter: MailContent) -> EmailMessage:
    return message_from_bytes(mail.write_mail(letter, "example.org"), policy=SMTP)


def _letter(**other: Any) -> MailContent:
    told: dict[str, Any] = {
        "delivery": UUID(int=1),
        "kind": Kind.REGISTERED,
        "language": "de",
        "organisation": "Akademischer Dienst",
        "name": "Kim Beispiel",
        "address": "kim@example.org",
        "other_address": None,
        "subject": "Ihr Platz ist sicher",
        "text": "Guten Tag",
        "html": "<p>Guten Tag</p>" * 200,
        "composed_at": datetime.fromisoformat("2026-11-22T10:00:00+00:00"),
    }
    return MailContent(**(told | other))
