"""The ids by which others know a member: one public, one for each organisation."""

from dataclasses import dataclass
from uuid import UUID

from services.members import rules

PUBLIC = "public"


@dataclass(frozen=True)
class Identities:
    """Makes ids from one secret; see `rules.audience_id`."""

    secret: bytes

    def public(self, member: UUID) -> UUID:
        """The id on public topics."""
        return rules.audience_id(self.secret, PUBLIC, member)

    def within(self, organisation: str, member: UUID) -> UUID:
        """The id for one organisation."""
        return rules.audience_id(self.secret, f"organisation {organisation}", member)
