"""Mails: a composed notification as the bytes that go over the wire, the same at each try."""

from binascii import b2a_base64, b2a_qp
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, quote
from textwrap import wrap
from uuid import UUID

from services.notifications.composing.texts import NETWORK, single_line
from services.notifications.deliveries.kinds import Kind
from shared.addresses import encode_address

WORD_BYTES = 42
LINE_CHARACTERS = 66
ENCODED_WORD = "=?"


@dataclass(frozen=True)
class MailContent:
    """What is sent to whom. `domain` follows the @ of the sender. `other_address` is the other person's, to whom an
    answer to an agreement goes."""

    delivery: UUID
    domain: str
    kind: str
    language: str
    organisation: str | None
    name: str
    address: str
    other_address: str | None
    subject: str
    text: str
    html: str
    composed_at: datetime

    @property
    def sender(self) -> str:
        """The address that it is from, for answers of servers too."""
        return f"no-reply@{self.domain}"


def write_mail(content: MailContent) -> bytes:
    """The mail as it goes over the wire. Raises ValueError for a recipient's address that no header can hold.

    Written by hand, as the standard library's header objects take ten times as long as the sending itself.
    """
    headers = {
        "From": _format_mailbox(content.organisation or NETWORK, content.sender),
        "To": _format_mailbox(content.name, content.address),
        "Subject": _encode_header(content.subject),
        "Date": format_datetime(content.composed_at),
        "Message-ID": f"<{content.delivery}@{content.domain}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": content.language,
        "X-Alumnibus-Notification": str(content.delivery),
        "X-Alumnibus-Class": "transactional",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative;\r\n boundary="{_build_boundary(content)}"',
    }
    if reply_to := _choose_reply_to(content):
        headers["Reply-To"] = reply_to
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
    parts = (("plain", content.text), ("html", content.html))
    separator = f"\r\n--{_build_boundary(content)}".encode()
    body = b"".join(separator + b"\r\n" + _encode_part(subtype, written) for subtype, written in parts)
    return head + body + separator + b"--\r\n"


def _choose_reply_to(content: MailContent) -> str | None:
    """The other person's address, unless it costs the recipient the mail: beyond ASCII it asks each server on the way
    for SMTPUTF8, which only the recipient's own address may."""
    if content.kind != Kind.MENTORSHIP_AGREED or not content.other_address:
        return None
    try:
        address = encode_address(content.other_address)
    except ValueError:
        return None
    return address if address.isascii() or not encode_address(content.address).isascii() else None


def _format_mailbox(name: str, address: str) -> str:
    return f"{_encode_header(name, phrase=True)}\r\n <{encode_address(address)}>"


def _encode_header(text: str, *, phrase: bool = False) -> str:
    """Text for a header: as it is, quoted, or as encoded words (RFC 2047), one a line."""
    text = single_line(text)
    if _is_plain(text):
        folded = "\r\n ".join(_fold(text))
        return f'"{quote(folded)}"' if phrase else folded
    words = (b2a_base64(chunk, newline=False).decode() for chunk in _split_chunks(text.encode()))
    return "\r\n ".join(f"=?utf-8?b?{word}?=" for word in words)


def _is_plain(text: str) -> bool:
    """Whether it reads as it is written, on lines of a mail's length. What looks like an encoded word doesn't."""
    return (
        text.isascii()
        and ENCODED_WORD not in text
        and all(len(line) <= LINE_CHARACTERS for line in _fold(text))
    )


def _fold(text: str) -> Sequence[str]:
    return wrap(text, LINE_CHARACTERS, break_long_words=False, break_on_hyphens=False)


def _split_chunks(text: bytes) -> Iterator[bytes]:
    """UTF-8 in pieces that fit an encoded word (at most 75 characters); no character is cut, and no word if it fits,
    as some readers show a space between two pieces."""
    start = 0
    while start < len(text):
        end = min(start + WORD_BYTES, len(text))
        while end < len(text) and text[end] & 0xC0 == 0x80:
            end -= 1
        if end < len(text):
            end = text.rfind(b" ", start, end) + 1 or end
        yield text[start:end]
        start = end


def _encode_part(subtype: str, written: str) -> bytes:
    head = (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + b2a_qp("".join(f"{line}\r\n" for line in written.splitlines()).encode())


def _build_boundary(content: MailContent) -> str:
    return f"alumnibus-{content.delivery}"
