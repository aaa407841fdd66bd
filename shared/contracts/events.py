"""What the events service publishes: offers with their counts, and registrations."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, NaiveDatetime, WithJsonSchema

from shared.contracts.model import Contract, Country, Language, Slug


class OfferState(StrEnum):
    """Where an offer stands in its life. Drafts are private and never published."""

    PUBLISHED = "published"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class Mode(StrEnum):
    """Where one takes part."""

    ONSITE = "onsite"
    ONLINE = "online"
    HYBRID = "hybrid"


# JSON Schema's format "date-time" demands an offset, which a local time doesn't have.
LocalTime = Annotated[
    NaiveDatetime,
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?$"}),
]


class Occurrence(Contract):
    """One date of an offer, in local time of the offer's zone."""

    starts: LocalTime
    ends: LocalTime


class Offer(Contract):
    """`events.offer.v1`: an offer as it is now, with counts and without persons."""

    offer: UUID
    slug: Slug
    organisation: Slug
    co_hosts: tuple[Slug, ...] = ()
    kind: Slug
    title: str
    title_language: Language
    summary: str = ""
    mode: Mode
    country: Country | None = None
    city: str | None = None
    venue: str | None = None
    languages: tuple[Language, ...] = ()
    themes: tuple[Slug, ...] = ()
    timezone: str = Field(description="IANA zone of the local times")
    occurrences: tuple[Occurrence, ...]
    state: OfferState
    places: int | None = Field(None, description="None: open to all members")
    waiting_list: bool = True
    registration_closes: AwareDatetime | None = None
    registered: int = Field(0, description="as the last release tells it")
    waiting: int = Field(0, description="as the last release tells it")


class RegistrationState(StrEnum):
    """Where a registration stands."""

    REGISTERED = "registered"
    WAITLISTED = "waitlisted"
    WITHDRAWN = "withdrawn"


class Registration(Contract):
    """`events.registration.v1` (personal, internal): one member's registration for one offer."""

    registration: UUID
    offer: UUID
    member: UUID
    state: RegistrationState
    position: int | None = Field(None, description="1-based place on the waiting list when it was entered")
    moved_up: bool = Field(False, description="came from the waiting list")
    at: datetime
