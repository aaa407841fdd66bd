"""A composed notification as the mail that goes over the wire, the same bytes at each try."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from uuid import UUID

from services.notifications.rules import Kind
from services.notifications.texts import NETWORK, line


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


def mail(letter: Letter, domain: str) -> EmailMessage:
    """The mail. Raises ValueError for an address that no header can hold."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(line(letter.organisation or NETWORK), "no-reply", domain)
    message["To"] = Address(line(letter.name), addr_spec=wire_address(letter.address))
    if letter.kind == Kind.MENTORSHIP_AGREED and letter.other_address:
        message["Reply-To"] = Address(addr_spec=wire_address(letter.other_address))
    message["Subject"] = line(letter.subject)
    message["Date"] = letter.composed_at
    message["Message-ID"] = f"<{letter.delivery}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = letter.language
    message["X-Alumnibus-Notification"] = str(letter.delivery)
    message["X-Alumnibus-Class"] = "transactional"
    message.set_content(letter.text, cte="quoted-printable")
    message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"alumnibus-{letter.delivery}")
    return message


def wire_address(address: str) -> str:
    """The address with its domain in IDNA. Raises ValueError."""
    local, at, domain = address.strip().rpartition("@")
    if not (at and local and domain) or any(c.isspace() or not c.isprintable() for c in address.strip()):
        raise ValueError("not an address")
    return f"{local}@{domain.encode('idna').decode()}"
