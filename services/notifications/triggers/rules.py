"""Pure decisions: which change of a registration or a mentorship is told to whom."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from services.notifications.deliveries.kinds import Kind
from shared.contracts.events import RegistrationState
from shared.contracts.matching import Mentorship, Proposal, ProposalState, RequestState


class Hearing(NamedTuple):
    """One member hears of one thing. `about` with the kind makes it unique; the text may name `other`."""

    kind: Kind
    member: UUID
    about: str
    other: UUID | None = None


def told_of_registration(
    before: RegistrationState | None, after: RegistrationState, *, moved_up: bool
) -> Kind | None:
    """What the member is told when a registration went from one state to another."""
    if before == after:
        return None
    if after is RegistrationState.WAITLISTED:
        return Kind.WAITLISTED
    if after is RegistrationState.WITHDRAWN:
        return Kind.WITHDRAWN
    return Kind.MOVED_UP if moved_up or before is RegistrationState.WAITLISTED else Kind.REGISTERED


def told_of_mentorship(before: Mentorship | None, after: Mentorship, version: int) -> list[Hearing]:
    """Who is told what when a request went from one state to another; `version` is the change's number."""
    return [
        *_told_the_desk(before, after),
        *(hearing for proposal in after.proposals for hearing in _told_of(proposal, before, after)),
        *_told_the_two(before, after, version),
    ]


def _desk(mentorship: Mentorship) -> tuple[UUID, ...]:
    return mentorship.contacts or ((mentorship.contact,) if mentorship.contact else ())


def _told_the_desk(before: Mentorship | None, after: Mentorship) -> Iterator[Hearing]:
    """Each contact person of the region once, those who are added later too."""
    told = _desk(before) if before else ()
    if after.state is RequestState.REQUESTED:
        for contact in _desk(after):
            if contact not in told:
                yield Hearing(Kind.REQUEST_RECEIVED, contact, f"{after.request} {contact}", after.requester)


def _told_of(proposal: Proposal, before: Mentorship | None, after: Mentorship) -> Iterator[Hearing]:
    was = _stood(proposal, before)
    about = str(proposal.proposal)
    if proposal.state == was:
        return
    if proposal.state is ProposalState.PROPOSED:
        yield Hearing(Kind.ADVISER_ASKED, proposal.adviser, about)
    elif proposal.state is ProposalState.ACCEPTED and after.state is RequestState.ACCEPTED:
        yield Hearing(Kind.ADVISER_ACCEPTED, after.requester, about, proposal.adviser)
    elif proposal.state is ProposalState.WITHDRAWN and was is not None:
        yield Hearing(Kind.PROPOSAL_ENDED, proposal.adviser, about)
    elif proposal.state is ProposalState.DECLINED and was is not None:
        if was is ProposalState.ACCEPTED:
            yield Hearing(Kind.PROPOSAL_ENDED, proposal.adviser, about)
        for contact in (after.contact,) if after.contact else after.contacts:
            yield Hearing(Kind.PROPOSAL_DECLINED, contact, f"{about} {contact}", after.requester)


def _stood(proposal: Proposal, before: Mentorship | None) -> ProposalState | None:
    earlier = before.proposals if before else ()
    return next((p.state for p in earlier if p.proposal == proposal.proposal), None)


def _told_the_two(before: Mentorship | None, after: Mentorship, version: int) -> Iterator[Hearing]:
    """Requester and adviser: that they agreed, or that it came to its end."""
    was = before.state if before else None
    adviser = after.adviser or (before.adviser if before else None)
    if after.state == was:
        return
    if after.state is RequestState.AGREED and adviser is not None:
        for one, other in ((after.requester, adviser), (adviser, after.requester)):
            yield Hearing(Kind.MENTORSHIP_AGREED, one, f"{after.request} {version} {one}", other)
    elif after.state is RequestState.ENDED and was is not None:
        yield Hearing(Kind.REQUEST_ENDED, after.requester, f"{after.request} {version} {after.requester}")
        if was is RequestState.AGREED and adviser is not None:
            yield Hearing(Kind.REQUEST_ENDED, adviser, f"{after.request} {version} {adviser}")
