"""A composed notification as the mail that goes over the wire, the same bytes at each try."""

import re
from binascii import b2a_base64, b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, quote
from uuid import UUID

from services.notifications.composing.texts import NETWORK, line
from services.notifications.deliveries.kinds import Kind

WORD_BYTES = 42
_PLAIN = re.compile(r'[^\s@<>,;:"()\[\]\\]+')


@dataclass(frozen=True)
class Letter:
    """What is sent to whom. `other_address` is the other person's, for those who agreed to talk."""

    delivery: UUID
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


def mail(letter: Letter, domain: str) -> bytes:
    """The mail as it goes over the wire. Raises ValueError for an address that no header can hold.

    Written by hand, as the standard library's header objects take ten times as long as the sending itself.
    """
    headers = {
        "From": _mailbox(letter.organisation or NETWORK, f"no-reply@{domain}"),
        "To": _mailbox(letter.name, letter.address),
        "Subject": _words(letter.subject),
        "Date": format_datetime(letter.composed_at),
        "Message-ID": f"<{letter.delivery}@{domain}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": letter.language,
        "X-Alumnibus-Notification": str(letter.delivery),
        "X-Alumnibus-Class": "transactional",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative;\r\n boundary="{_boundary(letter)}"',
    }
    if letter.kind == Kind.MENTORSHIP_AGREED and letter.other_address:
        headers["Reply-To"] = wire_address(letter.other_address)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
    parts = (("plain", letter.text), ("html", letter.html))
    separator = f"\r\n--{_boundary(letter)}".encode()
    body = b"".join(separator + b"\r\n" + _part(subtype, content) for subtype, content in parts)
    return head + body + separator + b"--\r\n"


def wire_address(address: str) -> str:
    """The address with its domain in IDNA. Raises ValueError."""
    local, at, domain = address.strip().rpartition("@")
    if not (at and _PLAIN.fullmatch(local) and _PLAIN.fullmatch(domain) and address.strip().isprintable()):
        raise ValueError("not an address")
    return f"{local}@{domain.encode('idna').decode()}"


def _mailbox(name: str, address: str) -> str:
    return f"{_words(name, phrase=True)}\r\n <{wire_address(address)}>"


def _words(text: str, *, phrase: bool = False) -> str:
    """Text for a header: as it is, quoted, or as encoded words (RFC 2047), one a line."""
    text = line(text)
    if text.isascii():
        return f'"{quote(text)}"' if phrase else text
    words = (b2a_base64(chunk.encode(), newline=False).decode() for chunk in _chunks(text))
    return "\r\n ".join(f"=?utf-8?b?{word}?=" for word in words)


def _chunks(text: str) -> list[str]:
    """The text in pieces that fit an encoded word: at most 75 characters."""
    chunks = [""]
    for character in text:
        if len((chunks[-1] + character).encode()) > WORD_BYTES:
            chunks.append("")
        chunks[-1] += character
    return chunks


def _part(subtype: str, content: str) -> bytes:
    head = (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + b2a_qp("".join(f"{each}\r\n" for each in content.splitlines()).encode())


def _boundary(letter: Letter) -> str:
    return f"alumnibus-{letter.delivery}"
