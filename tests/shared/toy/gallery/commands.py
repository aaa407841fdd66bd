"""What the gallery's forms ask for."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from shared.runtime.commands import Command, Line, Paragraph

Theme = Literal["cities", "health", "media", "science"]


class PlanMeeting(Command):
    """A field of each kind."""

    title: Line
    email: Annotated[str, Field(max_length=40, pattern=r"^[^@\s]+@[^@\s]+$")]
    about: Paragraph
    country: Literal["AT", "DE", "KE"]
    themes: tuple[Theme, ...]
    mode: Literal["onsite", "hybrid", "online"]
    day: date
    closes: datetime | None = None
    places: Annotated[int, Field(ge=1, le=500)] | None = None
    told: bool = False


class Removal(Command):
    """What a person says who removes something for good."""

    reason: Line
    typed: str
