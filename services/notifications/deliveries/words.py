"""What kinds and states of deliveries are called on pages."""

from collections.abc import Mapping

from services.notifications.deliveries.entries import DeliveryState
from services.notifications.deliveries.kinds import Kind
from shared.contracts.model import N_
from shared.i18n.texts import Texts

_KINDS: Mapping[Kind, str] = {
    Kind.INVITATION: N_("Invitation to the network"),
    Kind.REGISTERED: N_("Registration confirmed"),
    Kind.WAITLISTED: N_("On the waiting list"),
    Kind.MOVED_UP: N_("Moved up to a place"),
    Kind.WITHDRAWN: N_("Registration withdrawn"),
    Kind.OFFER_CHANGED: N_("Another date or place"),
    Kind.OFFER_CANCELLED: N_("Offer cancelled"),
    Kind.REQUEST_RECEIVED: N_("New request at a desk"),
    Kind.ADVISER_ASKED: N_("Adviser asked"),
    Kind.PROPOSAL_DECLINED: N_("Adviser declined"),
    Kind.PROPOSAL_ENDED: N_("Proposal ended"),
    Kind.PROPOSAL_LAPSED: N_("Proposal lapsed"),
    Kind.ADVISER_UNAVAILABLE: N_("Adviser not available"),
    Kind.ADVISER_ACCEPTED: N_("Adviser accepted"),
    Kind.MENTORSHIP_AGREED: N_("Mentorship agreed"),
    Kind.REQUEST_ENDED: N_("Request ended"),
}
STATES: Mapping[DeliveryState, str] = {
    DeliveryState.WAITING: N_("Waits for data"),
    DeliveryState.DUE: N_("Is being sent"),
    DeliveryState.HELD: N_("Held after a restore"),
    DeliveryState.SENT: N_("Sent"),
    DeliveryState.FAILED: N_("Failed"),
    DeliveryState.UNDELIVERABLE: N_("Can’t be delivered"),
    DeliveryState.SUPERSEDED: N_("Not true any more"),
}


def name_kind(kind: Kind, texts: Texts) -> str:
    """What a delivery is about."""
    return texts.translate(_KINDS[kind])


def name_state(state: DeliveryState, texts: Texts) -> str:
    """Where a delivery stands."""
    return texts.translate(STATES[state])
