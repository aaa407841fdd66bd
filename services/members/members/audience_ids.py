"""The ids by which others know a member: one public, one for each organisation; and what is known of who was erased."""

from dataclasses import dataclass, field
from uuid import UUID

from services.members.members import rules

PUBLIC = "public"
# No audience, but a secret of its own.
ERASED = "erased addresses"


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

    def address_hash(self, email_key: str) -> str:
        """What is kept of the address of somebody who was erased."""
        return rules.address_hash(self._derive_secret(ERASED), email_key)

    def _derive_id(self, audience: str, member: UUID) -> UUID:
        return rules.audience_id(self._derive_secret(audience), member)

    def _derive_secret(self, audience: str) -> bytes:
        secret = self._audiences.get(audience)
        if secret is None:
            secret = self._audiences[audience] = rules.audience_secret(self.secret, audience)
        return secret
