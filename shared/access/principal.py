"""Who asks right now: an account, the member that it belongs to, and the mandates that it holds."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from shared.contracts.members import MandateRole
from shared.contracts.model import Slug
from shared.contracts.refusals import Forbidden


@dataclass(frozen=True, slots=True)
class Mandate:
    """What an account may do for whom: `scope` is the organisation; "" is the whole installation."""

    role: MandateRole
    scope: Slug | str = ""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. Without a mandate one is a member: oneself, and nothing else.

    `by_cookie` says that a browser sent the session by itself, and not a program its token.
    """

    account: UUID
    member: UUID | None = None
    mandates: frozenset[Mandate] = frozenset()
    by_cookie: bool = False

    @property
    def is_operator(self) -> bool:
        """Whether the whole installation is this principal's."""
        return Mandate(MandateRole.OPERATOR) in self.mandates

    def require_member(self) -> UUID:
        """The member who asks. Raises `Forbidden` for an account that is no member's."""
        if self.member is None:
            raise Forbidden("not-a-member", "This is for members; your account is no member's.")
        return self.member

    def organisations(self, *roles: MandateRole) -> frozenset[str]:
        """For which organisations the principal may act in one of these roles."""
        return frozenset(mandate.scope for mandate in self.mandates if mandate.role in roles)

    def coordinates(self, organisation: str) -> bool:
        """Whether the principal is a coordinator of this organisation."""
        return Mandate(MandateRole.COORDINATOR, organisation) in self.mandates

    def coordinates_any(self, organisations: Iterable[str]) -> bool:
        """Whether the principal is a coordinator of one of these organisations."""
        return any(map(self.coordinates, organisations))

    def acting_for(self, organisation: str) -> "Principal":
        """The same, with no mandate but that of a coordinator of this organisation, if they have it."""
        acting = frozenset({Mandate(MandateRole.COORDINATOR, organisation)})
        return replace(self, mandates=self.mandates & acting)

    def require_coordinator(self, organisation: str) -> None:
        """Raises `Forbidden` unless the principal is a coordinator of this organisation."""
        if not self.coordinates(organisation):
            raise Forbidden("not-your-organisation", "You aren't a coordinator of this organisation.")
