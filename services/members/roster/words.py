"""What roles are called."""

from shared.contracts.members import Role
from shared.contracts.model import N_
from shared.i18n.texts import Texts

_ROLES = {
    Role.ALUMNUS: N_("Alumna or alumnus"),
    Role.COLLEAGUE: N_("Colleague"),
    Role.FORMER_ASSISTANT: N_("Former assistant"),
    Role.MODERATOR: N_("Moderator"),
    Role.STAFF: N_("Staff"),
    Role.VOLUNTEER: N_("Volunteer"),
}


def name_roles(texts: Texts) -> dict[Role, str]:
    """What each role is called in the language of these texts."""
    return {role: texts.translate(name) for role, name in _ROLES.items()}
