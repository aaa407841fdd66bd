"""Pure decisions about registrations: who gets a place, who moves up."""

from datetime import datetime
from enum import StrEnum

from services.events.offers.rules import Standing, State


class Admission(StrEnum):
    """What becomes of someone who wants a place."""

    REGISTERED = "registered"
    WAITLISTED = "waitlisted"
    REFUSED = "refused"


def admission(offer: Standing) -> Admission:
    """What a newcomer gets; nobody overtakes those who wait."""
    if offer.places is None or (offer.registered < offer.places and not offer.waiting):
        return Admission.REGISTERED
    return Admission.WAITLISTED if offer.waiting_list else Admission.REFUSED


def moving_up(offer: Standing, now: datetime) -> int:
    """How many of those who wait get a place now: none once the offer is over or cancelled."""
    if offer.state is not State.PUBLISHED or offer.ends_at <= now:
        return 0
    return offer.waiting if offer.places is None else min(offer.waiting, offer.places - offer.registered)
