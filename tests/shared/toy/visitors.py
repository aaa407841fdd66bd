"""Who comes to the toy's pages."""

from uuid import UUID

from shared.access.principal import Mandate, Principal
from shared.contracts.members import MandateRole

_ACCOUNT = UUID("018f0000-0000-7000-8000-000000000001")
_DAAD = Mandate(MandateRole.COORDINATOR, "daad")
_BUNDESTAG = Mandate(MandateRole.COORDINATOR, "deutscher-bundestag")

VISITORS = {
    "member": Principal(_ACCOUNT, _ACCOUNT),
    "coordinator": Principal(_ACCOUNT, _ACCOUNT, frozenset({_DAAD})),
    "everything": Principal(
        _ACCOUNT, _ACCOUNT, frozenset({_DAAD, _BUNDESTAG, Mandate(MandateRole.OPERATOR)})
    ),
}
