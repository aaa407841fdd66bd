"""Mails: a composed notification as the bytes that go over the wire, the same at each try."""

import re
from binascii import b2a_base64, b2a_qp
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, quote
from uuid import UUID

from services.notifications.composing.texts import NETWORK, single_line
from services.notifications.deliveries.kinds import Kind
from shared.addresses import encode_domain

WORD_BYTES = 42
_PLAIN = re.compile(r'[^\s@<>,;:"()\[\]\\]+')


@dataclass(frozen=True)
class MailContent:
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


def write_mail(content: MailContent, domain: str) -> bytes:
    """The mail as it goes over the wire. Raises ValueError for an address that no header can hold.

    Written by hand, as the standard library's header objects take ten times as long as the sending itself.
    """
    headers = {
        "From": _format_mailbox(content.organisation or NETWORK, f"no-reply@{domain}"),
        "To": _format_mailbox(content.name, content.address),
        "Subject": _encode_header(content.subject),
        "Date": format_datetime(content.composed_at),
        "Message-ID": f"<{content.delivery}@{domain}>",
        "Auto-Submitted": "auto-generated",
        "Content-Language": content.language,
        "X-Alumnibus-Notification": str(content.delivery),
        "X-Alumnibus-Class": "transactional",
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative;\r\n boundary="{_build_boundary(content)}"',
    }
    if content.kind == Kind.MENTORSHIP_AGREED and content.other_address:
        headers["Reply-To"] = encode_address(content.other_address)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()
    parts = (("plain", content.text), ("html", content.html))
    separator = f"\r\n--{_build_boundary(content)}".encode()
    body = b"".join(separator + b"\r\n" + _encode_part(subtype, written) for subtype, written in parts)
    return head + body + separator + b"--\r\n"


def encode_address(address: str) -> str:
    """The address with its domain in A-labels. Raises ValueError."""
    local, at, domain = address.strip().rpartition("@")
    if not (at and _PLAIN.fullmatch(local) and address.strip().isprintable()):
        raise ValueError("not an address")
    return f"{local}@{encode_domain(domain)}"


def _format_mailbox(name: str, address: str) -> str:
    return f"{_encode_header(name, phrase=True)}\r\n <{encode_address(address)}>"


def _encode_header(text: str, *, phrase: bool = False) -> str:
    """Text for a header: as it is, quoted, or as encoded words (RFC 2047), one a line."""
    text = single_line(text)
    if text.isascii():
        return f'"{quote(text)}"' if phrase else text
    words = (b2a_base64(chunk.encode(), newline=False).decode() for chunk in _split_chunks(text))
    return "\r\n ".join(f"=?utf-8?b?{word}?=" for word in words)


def _split_chunks(text: str) -> list[str]:
    """The text in pieces that fit an encoded word: at most 75 characters."""
    chunks = [""]
    for character in text:
        if len((chunks[-1] + character).encode()) > WORD_BYTES:
            chunks.append("")
        chunks[-1] += character
    return chunks


def _encode_part(subtype: str, written: str) -> bytes:
    head = (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + b2a_qp("".join(f"{line}\r\n" for line in written.splitlines()).encode())


def _build_boundary(content: MailContent) -> str:
    return f"alumnibus-{content.delivery}"
