"""The ids by which others know a member: one public, one for each organisation."""

from dataclasses import dataclass, field
from uuid import UUID

from services.members.members import rules

PUBLIC = "public"


@dataclass(frozen=True)
class AudienceIds:
    """Makes ids from one secret; see `rules.audience_id`."""

    secret: bytes
    _audiences: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    def public_id(self, member: UUID) -> UUID:
        """The id on public topics."""
        return self._derive_id(PUBLIC, member)

    def organisation_id(self, organisation: str, member: UUID) -> UUID:
        """The id for one organisation."""
        return self._derive_id(f"organisation {organisation}", member)

    def _derive_id(self, audience: str, member: UUID) -> UUID:
        secret = self._audiences.get(audience)
        if secret is None:
            secret = self._audiences[audience] = rules.audience_secret(self.secret, audience)
        return rules.audience_id(secret, member)
