"""What roles are called."""

from shared.contracts.members import Role
from shared.contracts.model import N_

ROLES = {
    Role.ALUMNUS: N_("Alumna or alumnus"),
    Role.COLLEAGUE: N_("Colleague"),
    Role.FORMER_ASSISTANT: N_("Former assistant"),
    Role.MODERATOR: N_("Moderator"),
    Role.STAFF: N_("Staff"),
    Role.VOLUNTEER: N_("Volunteer"),
}
