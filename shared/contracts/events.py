"""What the events service publishes: offers with their counts, and registrations."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, NaiveDatetime, WithJsonSchema

from shared.contracts.model import N_, Contract, Country, Language, Slug


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

    starts: LocalTime = Field(description=N_("local time in the offer's zone"))
    ends: LocalTime = Field(description=N_("local time in the offer's zone"))


class Offer(Contract):
    """`events.offer.v1`: an offer as it is now, with counts and without persons."""

    offer: UUID = Field(description=N_("its id, and the record's key"))
    slug: Slug = Field(description=N_("its name in addresses; never changes"))
    organisation: Slug = Field(description=N_("the host"))
    co_hosts: tuple[Slug, ...] = Field((), description=N_("organisations that joined the host"))
    kind: Slug = Field(description=N_("what it is: a summit, a regional meeting …; more kinds may come"))
    title: str = Field(description=N_("in its own language"))
    title_language: Language = Field(description=N_("language of title and summary"))
    summary: str = Field("", description=N_("a few sentences"))
    mode: Mode = Field(description=N_("where one takes part"))
    country: Country | None = Field(None, description=N_("where it takes place; null if it is online"))
    city: str | None = Field(None, description=N_("null if it is online, or not known yet"))
    venue: str | None = Field(None, description=N_("the house, where it is known"))
    languages: tuple[Language, ...] = Field((), description=N_("languages that are spoken there"))
    themes: tuple[Slug, ...] = Field((), description=N_("what it is about, of the shared vocabulary"))
    timezone: str = Field(description=N_("IANA zone of the local times"))
    occurrences: tuple[Occurrence, ...] = Field(description=N_("its dates, the first one first"))
    state: OfferState = Field(description=N_("where it stands; a draft is never published"))
    places: int | None = Field(None, description=N_("seats; null: open to all members"))
    waiting_list: bool = Field(True, description=N_("whether one can wait for a seat"))
    registration_closes: AwareDatetime | None = Field(None, description=N_("null: open until it ends"))
    registered: int = Field(0, description=N_("how many have a seat, as the last release tells it"))
    waiting: int = Field(0, description=N_("how many wait for one, as the last release tells it"))


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
