"""Pure decisions about registrations: who gets a seat, who moves up."""

from datetime import datetime
from enum import StrEnum

from services.events.offers.rules import Availability, LifecycleState


class Admission(StrEnum):
    """What becomes of someone who wants a seat."""

    REGISTERED = "registered"
    WAITLISTED = "waitlisted"
    REFUSED = "refused"


def decide_admission(offer: Availability) -> Admission:
    """What a newcomer gets; nobody overtakes those who wait."""
    if offer.places is None or (offer.registered < offer.places and not offer.waiting):
        return Admission.REGISTERED
    return Admission.WAITLISTED if offer.waiting_list else Admission.REFUSED


def count_moving_up(offer: Availability, now: datetime) -> int:
    """How many of those who wait get a seat now: none once the offer is over or cancelled."""
    if offer.state is not LifecycleState.PUBLISHED or offer.ends_at <= now:
        return 0
    return offer.waiting if offer.places is None else min(offer.waiting, offer.places - offer.registered)
