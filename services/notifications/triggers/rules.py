"""Pure decisions: which change of a registration, an offer or a mentorship means which notification, and for whom."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from services.notifications.deliveries.kinds import Kind
from shared.contracts.events import Offer, OfferState, RegistrationState
from shared.contracts.matching import Lapse, Mentorship, Proposal, ProposalState, RequestState


class Planned(NamedTuple):
    """A notification for one member. With its kind `unique_by` makes it one of a kind; the text may name
    `other_member`, and says of a proposal that lapsed why it did."""

    kind: Kind
    member: UUID
    unique_by: str
    other_member: UUID | None = None
    lapse: Lapse | None = None


class OfferChange(NamedTuple):
    """Which of both are others than before: an offer's dates, where it takes place."""

    dates: bool
    place: bool


def choose_registration_kind(
    before: RegistrationState | None, after: RegistrationState, *, moved_up: bool
) -> Kind | None:
    """What the member is notified of when a registration goes from one state to another; None: of nothing."""
    if before == after:
        return None
    if after is RegistrationState.WAITLISTED:
        return Kind.WAITLISTED
    if after is RegistrationState.WITHDRAWN:
        return Kind.WITHDRAWN
    return Kind.MOVED_UP if moved_up or before is RegistrationState.WAITLISTED else Kind.REGISTERED


def hears_of_cancellation(offer: OfferState, registrations: Collection[RegistrationState]) -> bool:
    """Whether a member is to hear that an offer is cancelled: by the newest states of the offer and of the member's
    registrations for it, whichever was heard of last."""
    holds_or_awaits_seat = any(state is not RegistrationState.WITHDRAWN for state in registrations)
    return offer is OfferState.CANCELLED and holds_or_awaits_seat


def find_change(before: Offer, after: Offer, now: datetime) -> OfferChange | None:
    """What whoever holds or awaits a seat has to know of a published offer that changed; `now` is aware. A date that is
    over concerns nobody any more."""
    if not before.state == after.state == OfferState.PUBLISHED:
        return None
    dates = _list_ahead(before, now) != _list_ahead(after, now)
    place = _name_place(before) != _name_place(after)
    return OfferChange(dates, place) if dates or place else None


def _list_ahead(offer: Offer, now: datetime) -> set[tuple[datetime, datetime]]:
    zone = ZoneInfo(offer.timezone)
    spans = [(o.starts.replace(tzinfo=zone), o.ends.replace(tzinfo=zone)) for o in offer.occurrences]
    return {(starts.astimezone(UTC), ends.astimezone(UTC)) for starts, ends in spans if ends > now}


def _name_place(offer: Offer) -> tuple[str | None, ...]:
    return offer.mode, offer.country, offer.city, offer.venue


def find_end(offer: Offer) -> datetime | None:
    """The moment at which all of an offer is over; None if it has no dates."""
    zone = ZoneInfo(offer.timezone)
    return max((o.ends.replace(tzinfo=zone).astimezone(UTC) for o in offer.occurrences), default=None)


def plan_mentorship_notifications(
    before: Mentorship | None, after: Mentorship, version: int
) -> list[Planned]:
    """Who is notified of what when a request goes from one state to another; `version` is the change's number."""
    return [
        *_plan_for_desk(before, after),
        *(planned for proposal in after.proposals for planned in _plan_for_proposal(proposal, before, after)),
        *_plan_for_lost_adviser(before, after),
        *_plan_for_pair(before, after, version),
    ]


def _desk_contacts(mentorship: Mentorship) -> tuple[UUID, ...]:
    return mentorship.contacts or ((mentorship.contact,) if mentorship.contact else ())


def _plan_for_desk(before: Mentorship | None, after: Mentorship) -> Iterator[Planned]:
    """Each contact person of the region once, those who are added later too."""
    notified = _desk_contacts(before) if before else ()
    if after.state is RequestState.REQUESTED:
        for contact in _desk_contacts(after):
            if contact not in notified:
                unique_by = f"{after.request} {contact}"
                yield Planned(Kind.REQUEST_RECEIVED, contact, unique_by, after.requester)


def _plan_for_proposal(proposal: Proposal, before: Mentorship | None, after: Mentorship) -> Iterator[Planned]:
    was = _state_before(proposal, before)
    unique_by = str(proposal.proposal)
    if proposal.state == was:
        return
    if proposal.state is ProposalState.PROPOSED:
        yield Planned(Kind.ADVISER_ASKED, proposal.adviser, unique_by)
    elif proposal.state is ProposalState.ACCEPTED and after.state is RequestState.ACCEPTED:
        yield Planned(Kind.ADVISER_ACCEPTED, after.requester, unique_by, proposal.adviser)
    elif proposal.state is ProposalState.WITHDRAWN and was is not None:
        yield from _plan_for_withdrawn(proposal, after)
    elif proposal.state is ProposalState.DECLINED and was is not None:
        yield from _plan_for_declined(proposal, was, after)


def _plan_for_declined(proposal: Proposal, was: ProposalState, after: Mentorship) -> Iterator[Planned]:
    """The contact person; and the adviser who had accepted, whom the requester declined."""
    unique_by = str(proposal.proposal)
    if was is ProposalState.ACCEPTED:
        yield Planned(Kind.PROPOSAL_ENDED, proposal.adviser, unique_by)
    for contact in _contacts_in_charge(after):
        yield Planned(Kind.PROPOSAL_DECLINED, contact, f"{unique_by} {contact}", after.requester)


def _plan_for_withdrawn(proposal: Proposal, after: Mentorship) -> Iterator[Planned]:
    """The adviser; and the contact person, if it lapsed and nobody has decided anything."""
    if proposal.lapse is None:
        yield Planned(Kind.PROPOSAL_ENDED, proposal.adviser, str(proposal.proposal))
        return
    yield Planned(Kind.PROPOSAL_LAPSED, proposal.adviser, str(proposal.proposal), lapse=proposal.lapse)
    yield from _plan_for_unavailable(after, proposal.lapse, str(proposal.proposal))


def _plan_for_lost_adviser(before: Mentorship | None, after: Mentorship) -> Iterator[Planned]:
    """An erased adviser is in no proposal any more, and what was known of the request went as well."""
    known, looked_for = before.lost_advisers if before else 0, (RequestState.REQUESTED, RequestState.PROPOSED)
    if after.lost_advisers > known and after.state in looked_for:
        unique_by = f"{after.request} {after.lost_advisers}"
        yield from _plan_for_unavailable(after, Lapse.ADVISER_LEFT, unique_by)


def _plan_for_unavailable(after: Mentorship, lapse: Lapse, unique_by: str) -> Iterator[Planned]:
    for contact in _contacts_in_charge(after):
        yield Planned(
            Kind.ADVISER_UNAVAILABLE, contact, f"{unique_by} {contact}", after.requester, lapse=lapse
        )


def _contacts_in_charge(mentorship: Mentorship) -> tuple[UUID, ...]:
    """Who took the request; all at the desk where nobody did."""
    return (mentorship.contact,) if mentorship.contact else mentorship.contacts


def _state_before(proposal: Proposal, before: Mentorship | None) -> ProposalState | None:
    earlier = before.proposals if before else ()
    return next((p.state for p in earlier if p.proposal == proposal.proposal), None)


def _plan_for_pair(before: Mentorship | None, after: Mentorship, version: int) -> Iterator[Planned]:
    """Requester and adviser: that they agreed, or that it came to its end."""
    was = before.state if before else None
    adviser = after.adviser or (before.adviser if before else None)
    unique_by = f"{after.request} {version}"
    if after.state == was:
        return
    if after.state is RequestState.AGREED and adviser is not None:
        for one, other in ((after.requester, adviser), (adviser, after.requester)):
            yield Planned(Kind.MENTORSHIP_AGREED, one, f"{unique_by} {one}", other)
    elif after.state is RequestState.ENDED and (was is not None or after.lost_advisers):
        yield Planned(Kind.REQUEST_ENDED, after.requester, f"{unique_by} {after.requester}")
        if was is RequestState.AGREED and adviser is not None:
            yield Planned(Kind.REQUEST_ENDED, adviser, f"{unique_by} {adviser}")
