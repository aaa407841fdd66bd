"""Pure decisions about members: what makes two addresses one, and what an entry adds to a known member."""

import hmac
from typing import NamedTuple
from uuid import UUID


class Belonging(NamedTuple):
    """What makes one affiliation the same as another."""

    organisation: str
    programme: str | None
    role: str


def email_key(address: str) -> str:
    """One person's address, however it is written: no spaces, lower case, no +alias, the domain in IDNA.

    Raises ValueError for what is no address.
    """
    local, at, domain = address.strip().lower().rpartition("@")
    local = local.partition("+")[0]
    if not (at and local and "." in domain) or any(c.isspace() for c in local + domain):
        raise ValueError("not an e-mail address")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        raise ValueError("not an e-mail address") from None
    return f"{local}@{domain}"


def audience_id(secret: bytes, audience: str, member: UUID) -> UUID:
    """A member's id for one audience. Without the secret the ids of two audiences can't be joined."""
    audience_secret = hmac.digest(secret, audience.encode(), "sha256")
    return UUID(bytes=hmac.digest(audience_secret, member.bytes, "sha256")[:16], version=4)
