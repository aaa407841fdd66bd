"""What an offer says of itself, as its hosts write it, and what is made from that to find it."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, JsonValue, StrictBool, StringConstraints, WithJsonSchema

from services.events.offers import rules
from shared.contracts import vocabulary
from shared.contracts.events import Mode
from shared.folding import fold_text
from shared.runtime.commands import Command, Line, Paragraph
from shared.runtime.vocabulary_types import (
    EXACT,
    Kind,
    KnownCountry,
    KnownLanguage,
    Theme,
    require_one_of,
)

# "localtime" is whatever the machine is set to: it means another time elsewhere, or none.
_is_timezone, _timezone = require_one_of(available_timezones() - {"localtime", "Factory"})
Timezone = Annotated[str, EXACT, AfterValidator(_is_timezone), WithJsonSchema(_timezone)]
LocalTime = Annotated[
    str,
    StringConstraints(
        pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
    ),
]


CONTENT_EXAMPLE: dict[str, JsonValue] = {
    "kind": "conference",
    "title": "Spring meeting of alumni in Nairobi",
    "title_language": "en",
    "mode": "onsite",
    "country": "KE",
    "city": "Nairobi",
    "languages": ["en"],
    "timezone": "Africa/Nairobi",
    "occurrences": [{"starts": "2030-05-03T18:00", "ends": "2030-05-03T21:00"}],
}


class WrittenOccurrence(Command):
    """One occurrence, in local time of the offer's zone."""

    starts: LocalTime
    ends: LocalTime


class OfferContent(Command):
    """What an offer says of itself, all of which its hosts can change."""

    kind: Kind
    title: Line
    title_language: KnownLanguage
    summary: Paragraph = ""
    mode: Mode
    country: KnownCountry | None = None
    city: Line | None = None
    venue: Line | None = None
    languages: list[KnownLanguage] = Field(default=[], max_length=30)
    themes: list[Theme] = Field(default=[], max_length=30)
    timezone: Timezone
    occurrences: list[WrittenOccurrence] = Field(min_length=1, max_length=200)
    waiting_list: StrictBool = True
    registration_closes: LocalTime | None = None


def build_columns(content: OfferContent) -> Mapping[str, Any]:
    """The content as it is stored. Raises `Refused` for a time that doesn't exist or isn't later."""
    written = content.model_dump(include=set(OfferContent.model_fields))
    return written | {
        "languages": list(dict.fromkeys(content.languages)),
        "themes": list(dict.fromkeys(content.themes)),
        "region": content.country and vocabulary.country_region(content.country),
        **_build_times(content),
    }


def build_search_text(content: OfferContent, host_names: Collection[str]) -> str:
    """Every word by which a person may look for the offer."""
    words = [content.title, content.summary, content.city, content.venue, *host_names]
    for language in ("de", "en"):
        words.append(vocabulary.kind_name(content.kind, language))
        words.append(content.country and vocabulary.country_name(content.country, language))
        words += [vocabulary.theme_name(theme, language) for theme in content.themes]
    return fold_text(" ".join(filter(None, words)))


def _build_times(content: OfferContent) -> Mapping[str, Any]:
    occurrences = sorted(content.occurrences, key=lambda occurrence: occurrence.starts)
    spans = [
        rules.resolve_span(occurrence.starts, occurrence.ends, content.timezone) for occurrence in occurrences
    ]
    closes = content.registration_closes
    return {
        "occurrences": [occurrence.model_dump() for occurrence in occurrences],
        "starts_at": min(starts for starts, _ in spans),
        "ends_at": max(ends for _, ends in spans),
        "months": rules.list_touched_months(
            [(occurrence.starts, occurrence.ends) for occurrence in occurrences]
        ),
        "registration_closes": closes and rules.resolve_local_time(closes, content.timezone),
    }
