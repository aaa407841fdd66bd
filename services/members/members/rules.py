"""Pure decisions about members: what makes two affiliations one, and by which id an audience knows a member."""

import hmac
from typing import NamedTuple
from uuid import UUID


class AffiliationKey(NamedTuple):
    """What makes one affiliation the same as another."""

    organisation: str
    programme: str | None
    role: str


def audience_secret(secret: bytes, audience: str) -> bytes:
    """The secret of one audience."""
    return hmac.digest(secret, audience.encode(), "sha256")


def audience_id(audience_secret: bytes, member: UUID) -> UUID:
    """A member's id for one audience. Without the secrets the ids of two audiences can't be joined."""
    return UUID(bytes=hmac.digest(audience_secret, member.bytes, "sha256")[:16], version=4)
