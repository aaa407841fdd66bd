"""What the matching service publishes: requests without persons, and mentorships with them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import Field

from shared.contracts.model import N_, Contract, Country, Language, Slug


class RequestState(StrEnum):
    """Where a request stands between asking and mentorship."""

    REQUESTED = "requested"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    AGREED = "agreed"
    ENDED = "ended"


class Request(Contract):
    """`matching.request.v1`: what is asked for, without the persons."""

    request: UUID = Field(description=N_("its public id, which no other topic has, and the record's key"))
    region: Slug = Field(description=N_("the region on which advice is asked for, of the shared vocabulary"))
    themes: tuple[Slug, ...] = Field((), description=N_("what it is about, of the shared vocabulary"))
    from_country: Country = Field(description=N_("where the member who asks lives, or else comes from"))
    to_country: Country | None = Field(None, description=N_("null: the region spans several countries"))
    state: RequestState = Field(description=N_("where it stands, as of that day"))


class ProposalState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Lapse(StrEnum):
    """Why an open proposal was withdrawn without anybody's answer: the adviser can't take it on any more."""

    ADVISER_FULL = "adviser-full"
    ADVISER_LEFT = "adviser-left"


class Criterion(Contract):
    """One part of a score, so that a person can follow it."""

    name: Slug
    weight: int
    points: int
    reason: str


class Proposal(Contract):
    """An adviser whom a contact person proposed, with the reasons."""

    proposal: UUID
    adviser: UUID
    score: int = Field(ge=0, le=100)
    reasons: tuple[Criterion, ...] = ()
    state: ProposalState
    lapse: Lapse | None = Field(
        None,
        description="why it was withdrawn, if it lapsed: the adviser has no free place, or doesn't advise any more",
    )


class Mentorship(Contract):
    """`matching.mentorship.v1` (personal, internal): a request with the persons in it."""

    request: UUID
    requester: UUID
    region: Slug
    themes: tuple[Slug, ...] = ()
    languages: tuple[Language, ...] = ()
    from_country: Country
    to_country: Country | None = Field(None, description="null: the region spans several countries")
    state: RequestState
    contact: UUID | None = Field(None, description="the contact person who took the request")
    contacts: tuple[UUID, ...] = Field((), description="the contact persons of the region's desk")
    proposals: tuple[Proposal, ...] = ()
    adviser: UUID | None = None
    lost_advisers: int = Field(
        0, description="how many advisers were erased while they were asked, or had accepted"
    )
    changed_at: datetime
