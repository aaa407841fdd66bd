"""Pure decisions about registrations: who gets a seat, who moves up."""

from datetime import datetime
from enum import StrEnum

from services.events.offers.rules import Availability, can_move_up


class Admission(StrEnum):
    """What becomes of someone who wants a seat."""

    REGISTERED = "registered"
    WAITLISTED = "waitlisted"
    REFUSED = "refused"


def decide_admission(offer: Availability, now: datetime) -> Admission:
    """What a newcomer gets; nobody overtakes those who wait, and nobody waits in vain."""
    if offer.places is None or (offer.registered < offer.places and not offer.waiting):
        return Admission.REGISTERED
    waits = offer.waiting_list and can_move_up(offer, now)
    return Admission.WAITLISTED if waits else Admission.REFUSED


def count_moving_up(offer: Availability, now: datetime) -> int:
    """How many of those who wait get a seat now."""
    if not can_move_up(offer, now):
        return 0
    return offer.waiting if offer.places is None else min(offer.waiting, offer.places - offer.registered)
