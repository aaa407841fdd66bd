"""Who may give a mandate, and take it back."""

from shared.access.principal import Principal
from shared.contracts.members import MandateRole


def may_give(asker: Principal, role: MandateRole, scope: str) -> bool:
    """An operator gives every mandate; a coordinator those of coordinators of the same organisation."""
    return asker.is_operator or (role is MandateRole.COORDINATOR and asker.coordinates(scope))


def is_possible(role: MandateRole, scope: str) -> bool:
    """An operator's mandate is for the whole installation, all others are for an organisation."""
    return (role is MandateRole.OPERATOR) == (scope == "")
