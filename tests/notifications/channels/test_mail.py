"""Mails: what stands in them, whatever a value holds, and the same bytes at each try."""

from datetime import datetime
from email import message_from_bytes, message_from_string
from email.errors import NonASCIILocalPartDefect
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given

from services.notifications.channels import mail
from services.notifications.channels.mail import MailContent
from services.notifications.deliveries.kinds import Kind
from shared.addresses import address_key, encode_address
from tests.shared.test_addresses import TYPED

HOSTILE = '<script>alert(1)</script> & "x"\r\nBcc: a@example.org\x00\u2028{{ 7*7 }}'


def test_no_value_can_add_a_header_to_the_mail() -> None:
    mail = _read_mail(_build_content(subject=HOSTILE, organisation=HOSTILE, name=HOSTILE))

    assert mail["Bcc"] is None
    assert [name for name, _ in mail.items()] == [name for name, _ in _read_mail(_build_content()).items()]
    assert len(mail["To"].addresses) == len(mail["From"].addresses) == 1
    assert mail["To"].addresses[0].addr_spec == "kim@example.org"


def test_a_mail_is_the_same_bytes_at_each_try() -> None:
    assert mail.write_mail(_build_content(), "example.org") == mail.write_mail(
        _build_content(), "example.org"
    )


@pytest.mark.parametrize("organisation", ["Förderkreis, Köln", 'Verein "Brücke"', "Dienst; <e. V.>"])
def test_a_mail_says_what_it_is(organisation: str) -> None:
    text = "Zeile mit ü und =\n.\n..\n" + "lang " * 300
    mail = _read_mail(_build_content(organisation=organisation, subject="Grüße " * 30, text=text))

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
    written = mail.write_mail(_build_content(subject="Grüße " * 30, organisation=long), "example.org")
    sender = str(make_header(decode_header(message_from_bytes(written)["From"])))

    assert sender == f"{long.strip()} <no-reply@example.org>"
    assert written.isascii()
    assert all(len(line) <= 78 for line in written.split(b"\r\n"))
    assert b"\n" not in written.replace(b"\r\n", b"")


def test_an_answer_to_an_agreement_goes_to_the_other_person() -> None:
    agreed = _build_content(kind=Kind.MENTORSHIP_AGREED, other_address="toni@example.org")

    assert _read_mail(agreed)["Reply-To"] == "toni@example.org"


@given(TYPED)
def test_a_mail_goes_to_the_mailbox_of_the_member_whatever_the_address(address: str) -> None:
    try:
        key = address_key(address)
    except ValueError:
        return
    written = mail.write_mail(_build_content(address=address), "example.org")
    read = message_from_string(written.decode(), policy=SMTPUTF8)["To"]
    [recipient] = read.addresses
    assert {type(defect) for defect in read.defects} <= {NonASCIILocalPartDefect}
    assert address_key(recipient.addr_spec) == key


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a b@example.org", "a@b@c.org", "x\r\nBcc: y@example.org", "a,b@example.org", "<a@b.org>"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        mail.write_mail(_build_content(address=address), "example.org")


def test_an_address_of_an_international_domain_goes_out_in_idna() -> None:
    assert encode_address("kim@müller.example") == "kim@xn--mller-kva.example"
    assert encode_address("Kim@straße.example") == "Kim@xn--strae-oqa.example"


def _read_mail(content: MailContent) -> EmailMessage:
    return message_from_bytes(mail.write_mail(content, "example.org"), policy=SMTP)


def _build_content(**other: Any) -> MailContent:
    fields: dict[str, Any] = {
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
    return MailContent(**(fields | other))
