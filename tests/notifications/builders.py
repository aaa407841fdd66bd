"""Messages as the other services send them, with synthetic persons."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4, uuid5

from shared.contracts.events import Mode, Occurrence, Offer, OfferState, Registration, RegistrationState
from shared.contracts.matching import Mentorship, Proposal, RequestState
from shared.contracts.members import Affiliation, Erasure, Organisation, OrganisationKind, Profile
from shared.contracts.model import Contract
from shared.messaging.message import Message

_sequence = count(1)


def message(key: object, data: Contract | None, sequence: int | None = None) -> Message[Any]:
    """A message; without `sequence` it is newer than all before it."""
    return Message(
        id=uuid4(),
        type="",
        key=str(key),
        sequence=sequence or next(_sequence),
        time=datetime.now(UTC),
        data=data,
        correlation_id="c-1",
    )


def organisation(slug: str = "daad", name: str = "Akademischer Dienst") -> Message[Organisation]:
    organisation = Organisation(organisation=slug, name=name, kind=OrganisationKind.FOUNDATION, country="DE")
    return message(slug, organisation)


def profile(
    member: UUID,
    *,
    name: str = "Kim Beispiel",
    language: str = "de",
    organisations: Sequence[str] = ("daad",),
    invited_at: datetime | None = None,
    email: str | None = None,
) -> Message[Profile]:
    given, _, family = name.partition(" ")
    profile = Profile(
        member=member,
        public_id=uuid5(member, "public"),
        given_name=given,
        family_name=family,
        email=email or f"m{member.hex}@example.org",
        language=language,
        affiliations=tuple(
            Affiliation(organisation=slug, organisation_id=uuid5(member, slug), invited_at=invited_at)
            for slug in organisations
        ),
    )
    return message(member, profile)


def offer(id: UUID, *, title: str = "Regionaltreffen Westbalkan", **other: Any) -> Message[Offer]:
    fields: dict[str, Any] = {
        "offer": id,
        "slug": "regionaltreffen-westbalkan",
        "organisation": "daad",
        "kind": "regional-meeting",
        "title": title,
        "title_language": "de",
        "mode": Mode.ONSITE,
        "country": "AL",
        "city": "Tirana",
        "timezone": "Europe/Tirane",
        "occurrences": (
            Occurrence(starts=datetime(2046, 12, 11, 14), ends=datetime(2046, 12, 12, 16)),  # noqa: DTZ001
        ),
        "state": OfferState.PUBLISHED,
    }
    return message(id, Offer(**(fields | other)))


def registration(
    id: UUID, offer: UUID, member: UUID, state: str = "registered", **other: Any
) -> Message[Registration]:
    fields: dict[str, Any] = {"at": datetime.now(UTC), **other}
    return message(
        id,
        Registration(registration=id, offer=offer, member=member, state=RegistrationState(state), **fields),
    )


def mentorship(
    request: UUID,
    requester: UUID,
    state: str = "requested",
    proposals: Sequence[tuple[UUID, UUID, str]] = (),
    lapse: str | None = None,
    **other: Any,
) -> Message[Mentorship]:
    """`proposals` are (proposal, adviser, state); those that are withdrawn lapsed for the reason `lapse`, if any."""
    fields: dict[str, Any] = {"changed_at": datetime.now(UTC), **other}
    mentorship = Mentorship(
        request=request,
        requester=requester,
        region="de-baden-wuerttemberg",
        themes=("city-partnerships",),
        from_country="RU",
        to_country="DE",
        state=RequestState(state),
        proposals=tuple(
            Proposal.model_validate(
                {"proposal": proposal, "adviser": adviser, "score": 80, "state": stands}
                | ({"lapse": lapse} if stands == "withdrawn" else {})
            )
            for proposal, adviser, stands in proposals
        ),
        **fields,
    )
    return message(request, mentorship)


def erasure(member: UUID) -> Message[Erasure]:
    return message(member, Erasure(member=member, ordered_at=datetime.now(UTC)))
