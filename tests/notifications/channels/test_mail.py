"""Mails: what stands in them, whatever a value holds, and the same bytes at each try."""

from datetime import datetime
from email import message_from_bytes, message_from_string
from email.errors import NonASCIILocalPartDefect
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.channels import mail
from services.notifications.channels.mail import MailContent
from services.notifications.composing.texts import NETWORK, single_line
from services.notifications.deliveries.kinds import Kind
from shared.addresses import address_key, encode_address
from tests.shared.test_addresses import TYPED

STRICT = SMTP.clone(raise_on_defect=True)
HEADERS = [
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "auto-submitted",
    "content-language",
    "x-alumnibus-notification",
    "x-alumnibus-class",
    "mime-version",
    "content-type",
]
HOSTILE = '<script>alert(1)</script> & "x"\r\nBcc: a@example.org\x00\u2028{{ 7*7 }}'


def test_no_value_can_add_a_header_to_the_mail() -> None:
    mail = _read_mail(_build_content(subject=HOSTILE, organisation=HOSTILE, name=HOSTILE))

    assert mail["Bcc"] is None
    assert [name for name, _ in mail.items()] == [name for name, _ in _read_mail(_build_content()).items()]
    assert len(mail["To"].addresses) == len(mail["From"].addresses) == 1
    assert mail["To"].addresses[0].addr_spec == "kim@example.org"


def test_a_mail_is_the_same_bytes_at_each_try() -> None:
    assert mail.write_mail(_build_content()) == mail.write_mail(_build_content())


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
    written = mail.write_mail(_build_content(subject="Grüße " * 30, organisation=long))
    sender = str(make_header(decode_header(message_from_bytes(written)["From"])))

    assert sender == f"{long.strip()} <no-reply@example.org>"
    assert written.isascii()
    assert all(len(line) <= 78 for line in written.split(b"\r\n"))
    assert b"\n" not in written.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("address", "other", "reply_to"),
    [
        ("kim@example.org", "toni@example.org", "toni@example.org"),
        ("kim@example.org", "toni@müller.example", "toni@xn--mller-kva.example"),
        ("kím@example.org", "tóni@example.org", "tóni@example.org"),
        ("kim@example.org", "tóni@example.org", None),
        ("kim@example.org", "a b@example.org", None),
    ],
)
def test_an_answer_goes_to_the_other_person_if_that_costs_the_recipient_nothing(
    address: str, other: str, reply_to: str | None
) -> None:
    agreed = _build_content(kind=Kind.MENTORSHIP_AGREED, address=address, other_address=other)

    assert _read_mail(agreed)["Reply-To"] == reply_to
    assert _read_mail(_build_content(other_address=other))["Reply-To"] is None


# Whatever Unicode has, and what mails give a meaning to.
ANY_TEXT = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
        st.sampled_from(
            [
                "=?utf-8?q?Konto_gesperrt=0D=0ABcc:_x?=",
                "=?utf-8?b?QmNjOiB4?= =?utf-8?b?QmNjOiB4?=",
                "=?",
                "?=",
                "\r\nBcc: x@example.org",
                "\r\n\r\n--alumnibus",
                '"',
                "\\",
                ' "<a@b.org>, (x) :;',
                "\u200f\u202e",
                "\u2028",
                "\x00\x1b\x7f\x85",
                "x" * 90,
                "word " * 30,
                "ä" * 90,
            ]
        ),
    ),
    max_size=4,
).map("".join)
LOCAL_PARTS = st.from_regex(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.äß日-]{1,30}", fullmatch=True)


@settings(max_examples=60, deadline=None)
@given(subject=ANY_TEXT, name=ANY_TEXT, organisation=ANY_TEXT, text=ANY_TEXT, html=ANY_TEXT)
def test_whatever_a_value_holds_a_strict_reader_reads_it_as_it_was_written(
    subject: str, name: str, organisation: str, text: str, html: str
) -> None:
    content = _build_content(subject=subject, name=name, organisation=organisation, text=text, html=html)
    written = mail.write_mail(content)
    read = message_from_bytes(written, policy=STRICT)

    assert [header.lower() for header in read] == HEADERS
    assert not [defect for value in read.values() for defect in value.defects]
    shown = {"From": organisation or NETWORK, "To": name, "Subject": subject}
    for header, value in shown.items():
        assert _read_leniently(written, header) == single_line(value)
        strictly = read[header] if header == "Subject" else read[header].addresses[0].display_name
        assert _squeeze(strictly) == _squeeze(value)
    addresses = [a.addr_spec for header in ("From", "To") for a in read[header].addresses]
    assert addresses == ["no-reply@example.org", "kim@example.org"]
    bodies = [part.get_content().splitlines() for part in read.iter_parts()]
    assert bodies == [text.splitlines(), html.splitlines()]
    assert written.isascii()
    assert max(map(len, written.split(b"\r\n"))) <= 78
    assert not set(written.replace(b"\r\n", b"")) & set(b"\r\n\0")


@settings(max_examples=60, deadline=None)
@given(local=LOCAL_PARTS, other=LOCAL_PARTS)
def test_an_address_is_read_as_it_was_written_or_refused(local: str, other: str) -> None:
    content = _build_content(
        kind=Kind.MENTORSHIP_AGREED, address=f"{local}@example.org", other_address=f"{other}@example.org"
    )
    if "=?" in local:
        with pytest.raises(ValueError, match="address"):
            mail.write_mail(content)
        return
    written = mail.write_mail(content)
    read = message_from_string(written.decode(), policy=SMTPUTF8)
    reply_to = [address.username for address in read["Reply-To"].addresses] if read["Reply-To"] else []

    assert [address.username for address in read["To"].addresses] == [local]
    assert not [d for d in read["To"].defects if not isinstance(d, NonASCIILocalPartDefect)]
    assert reply_to in ([], [other])
    assert written.isascii() == local.isascii()


@given(TYPED)
def test_a_mail_goes_to_the_mailbox_of_the_member_whatever_the_address(address: str) -> None:
    try:
        key = address_key(address)
    except ValueError:
        return
    written = mail.write_mail(_build_content(address=address))
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
        mail.write_mail(_build_content(address=address))


def test_an_address_of_an_international_domain_goes_out_in_idna() -> None:
    assert encode_address("kim@müller.example") == "kim@xn--mller-kva.example"
    assert encode_address("Kim@straße.example") == "Kim@xn--strae-oqa.example"


def _read_mail(content: MailContent) -> EmailMessage:
    return message_from_string(mail.write_mail(content).decode(), policy=SMTPUTF8)


def _read_leniently(written: bytes, header: str) -> str:
    """As readers do that decode encoded words wherever they see some, also between quotes."""
    value = message_from_bytes(written)[header].replace("\r\n", "")
    return str(make_header(decode_header(value if header == "Subject" else parseaddr(value)[0])))


def _squeeze(text: str) -> str:
    """Without white space and control characters; the standard library puts some between encoded words."""
    return single_line(text).replace(" ", "")


def _build_content(**other: Any) -> MailContent:
    fields: dict[str, Any] = {
        "delivery": UUID(int=1),
        "domain": "example.org",
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
