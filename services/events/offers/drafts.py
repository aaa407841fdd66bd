"""Drafts: an offer as an organisation writes it, before anybody else sees it."""

from collections.abc import Collection
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
)
from uuid_utils.compat import uuid7

from services.events.offers import rules
from services.events.replicas import organisations
from shared.access.principal import Principal
from shared.contracts import vocabulary
from shared.contracts.events import Mode
from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import Refused
from shared.folding import fold_text
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Line, Paragraph
from shared.runtime.vocabulary_types import (
    EXACT,
    Kind,
    KnownCountry,
    KnownLanguage,
    Theme,
    require_one_of,
)


def _parse_whole_number(value: object) -> object:
    """8.0 is a whole number in JSON; "8" and true are none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# "localtime" is whatever the machine is set to: it means another time elsewhere, or none.
_is_timezone, _timezone = require_one_of(available_timezones() - {"localtime", "Factory"})
Timezone = Annotated[str, EXACT, AfterValidator(_is_timezone), WithJsonSchema(_timezone)]
Capacity = Annotated[int, Field(ge=1, le=1_000_000, strict=True), BeforeValidator(_parse_whole_number)]
LocalTime = Annotated[
    str,
    StringConstraints(
        pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
    ),
]


class DraftOccurrence(Command):
    """One occurrence, in local time of the offer's zone."""

    starts: LocalTime
    ends: LocalTime


_EXAMPLE: dict[str, JsonValue] = {
    "slug": "spring-meeting-nairobi",
    "organisation": "giz",
    "kind": "conference",
    "title": "Spring meeting of alumni in Nairobi",
    "title_language": "en",
    "mode": "onsite",
    "country": "KE",
    "city": "Nairobi",
    "languages": ["en"],
    "timezone": "Africa/Nairobi",
    "occurrences": [{"starts": "2030-05-03T18:00", "ends": "2030-05-03T21:00"}],
    "places": 60,
}


class DraftOffer(Command):
    """An offer as its organisation writes it. `places` None: open to all members."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    slug: Slug
    organisation: Slug
    co_hosts: list[Slug] = Field(default=[], max_length=30)
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
    occurrences: list[DraftOccurrence] = Field(min_length=1, max_length=200)
    places: Capacity | None = None
    waiting_list: StrictBool = True
    registration_closes: LocalTime | None = None


class DraftedOffer(Contract):
    """Where the draft is."""

    offer: UUID
    slug: Slug


async def draft_offer(tx: Tx, asker: Principal, command: DraftOffer) -> DraftedOffer:
    """Keep a draft; nothing goes out.

    Raises `Forbidden` for an organisation that the asker doesn't coordinate, `Refused` for a time that doesn't exist or
    isn't later, an unknown organisation, a slug that is taken.
    """
    asker.require_coordinator(command.organisation)
    derived = _derive_columns(command)
    hosts = list(dict.fromkeys([command.organisation, *command.co_hosts]))
    names = await organisations.require_organisations(tx, hosts)
    values = command.model_dump(exclude={"registration_closes", "occurrences"}) | {
        "offer": uuid7(),
        "co_hosts": hosts[1:],
        "languages": list(dict.fromkeys(command.languages)),
        "themes": list(dict.fromkeys(command.themes)),
        "search": _build_search_text(command, names),
        **derived,
    }
    columns = ", ".join(values)
    placeholders = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    offer = await tx.fetchval(
        f"INSERT INTO offer ({columns}) VALUES ({placeholders}) ON CONFLICT (slug) DO NOTHING RETURNING offer",
        *values.values(),
    )
    if offer is None:
        raise Refused("slug-taken", "Another offer has this slug already.")
    return DraftedOffer(offer=offer, slug=command.slug)


def _derive_columns(command: DraftOffer) -> dict[str, Any]:
    occurrences = sorted(command.occurrences, key=lambda occurrence: occurrence.starts)
    spans = [
        rules.resolve_span(occurrence.starts, occurrence.ends, command.timezone) for occurrence in occurrences
    ]
    closes = command.registration_closes
    return {
        "occurrences": [occurrence.model_dump() for occurrence in occurrences],
        "starts_at": min(starts for starts, _ in spans),
        "ends_at": max(ends for _, ends in spans),
        "months": rules.list_touched_months(
            [(occurrence.starts, occurrence.ends) for occurrence in occurrences]
        ),
        "registration_closes": closes and rules.resolve_local_time(closes, command.timezone),
        "region": command.country and vocabulary.country_region(command.country),
    }


def _build_search_text(command: DraftOffer, host_names: Collection[str]) -> str:
    words = [command.title, command.summary, command.city, command.venue, *host_names]
    for language in ("de", "en"):
        words.append(vocabulary.kind_name(command.kind, language))
        words.append(command.country and vocabulary.country_name(command.country, language))
        words += [vocabulary.theme_name(theme, language) for theme in command.themes]
    return fold_text(" ".join(filter(None, words)))
