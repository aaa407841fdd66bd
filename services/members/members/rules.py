"""Pure decisions about members: what makes two addresses or two affiliations one, and by which id an audience
knows a member."""

import hmac
import re
from typing import NamedTuple
from uuid import UUID

# Nothing that is not seen or turns the reading direction: two addresses that look the same would be two members.
_UNSEEN = r"\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_LOCAL = re.compile(rf"[^\s@{_UNSEEN}\x00-\x20\x7f-\x9f\"(),:;<>\[\\\]]{{1,64}}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")


class AffiliationKey(NamedTuple):
    """What makes one affiliation the same as another."""

    organisation: str
    programme: str | None
    role: str


def email_key(address: str) -> str:
    """One person's address, however it is written: no spaces, lower case, no +alias, the domain in IDNA.

    Raises ValueError for what is no address.
    """
    local, _, domain = address.strip().lower().rpartition("@")
    local = local.partition("+")[0]
    try:
        domain = domain.encode("idna").decode().lower()
    except UnicodeError:
        raise ValueError("not an e-mail address") from None
    if not (_LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        raise ValueError("not an e-mail address")
    return f"{local}@{domain}"


def audience_secret(secret: bytes, audience: str) -> bytes:
    """The secret of one audience."""
    return hmac.digest(secret, audience.encode(), "sha256")


def audience_id(audience_secret: bytes, member: UUID) -> UUID:
    """A member's id for one audience. Without the secrets the ids of two audiences can't be joined."""
    return UUID(bytes=hmac.digest(audience_secret, member.bytes, "sha256")[:16], version=4)
