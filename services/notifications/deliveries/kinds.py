"""The kinds of notifications."""

from enum import StrEnum


class Kind(StrEnum):
    """What a notification is about; also its template's name."""

    INVITATION = "invitation"
    REGISTERED = "registered"
    WAITLISTED = "waitlisted"
    MOVED_UP = "moved-up"
    WITHDRAWN = "withdrawn"
    OFFER_CHANGED = "offer-changed"
    OFFER_CANCELLED = "offer-cancelled"
    REQUEST_RECEIVED = "request-received"
    ADVISER_ASKED = "adviser-asked"
    PROPOSAL_DECLINED = "proposal-declined"
    PROPOSAL_ENDED = "proposal-ended"
    PROPOSAL_LAPSED = "proposal-lapsed"
    ADVISER_UNAVAILABLE = "adviser-unavailable"
    ADVISER_ACCEPTED = "adviser-accepted"
    MENTORSHIP_AGREED = "mentorship-agreed"
    REQUEST_ENDED = "request-ended"


# Says that there is a seat, or may be one: not true of an offer that is cancelled.
CONFIRMATIONS = frozenset({Kind.REGISTERED, Kind.WAITLISTED, Kind.MOVED_UP, Kind.OFFER_CHANGED})
