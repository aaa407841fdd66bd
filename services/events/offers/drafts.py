"""Drafts: an offer as an organisation writes it, before anybody else sees it."""

from collections.abc import Callable, Collection
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StringConstraints, WithJsonSchema
from uuid_utils.compat import uuid7

from services.events.offers import rules
from services.events.replicas import organisations
from services.events.search import normalize_text
from shared.contracts import vocabulary
from shared.contracts.events import Mode
from shared.contracts.model import Contract, Slug
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx
from shared.runtime.commands import Command, Line, Paragraph


def _one_of(words: Collection[str]) -> tuple[Callable[[str], str], dict[str, Any]]:
    def known(word: str) -> str:
        if word not in words:
            raise ValueError("not a word of the shared vocabulary")
        return word

    return known, {"type": "string", "enum": sorted(words)}


def _whole(value: object) -> object:
    """8.0 is a whole number in JSON; "8" and true are none."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_is_kind, _kind = _one_of(vocabulary.kinds())
_is_theme, _theme = _one_of(vocabulary.themes())
_is_country, _country = _one_of(vocabulary.countries())
_is_language, _language = _one_of(vocabulary.languages())
# "localtime" is whatever the machine is set to: it means another time elsewhere, or none.
_is_timezone, _timezone = _one_of(available_timezones() - {"localtime", "Factory"})
_Exact = StringConstraints(strip_whitespace=False)
Kind = Annotated[str, _Exact, AfterValidator(_is_kind), WithJsonSchema(_kind)]
Theme = Annotated[str, _Exact, AfterValidator(_is_theme), WithJsonSchema(_theme)]
KnownCountry = Annotated[str, _Exact, AfterValidator(_is_country), WithJsonSchema(_country)]
KnownLanguage = Annotated[str, _Exact, AfterValidator(_is_language), WithJsonSchema(_language)]
Timezone = Annotated[str, _Exact, AfterValidator(_is_timezone), WithJsonSchema(_timezone)]
Places = Annotated[int, Field(ge=1, le=1_000_000, strict=True), BeforeValidator(_whole)]
LocalTime = Annotated[
    str,
    StringConstraints(
        pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"
    ),
]


class Sitting(Command):
    """One occurrence, in local time of the offer's zone."""

    starts: LocalTime
    ends: LocalTime


class Draft(Command):
    """An offer as its organisation writes it. `places` None: open to all members."""

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
    occurrences: list[Sitting] = Field(min_length=1, max_length=200)
    places: Places | None = None
    waiting_list: StrictBool = True
    registration_closes: LocalTime | None = None


class Drafted(Contract):
    """Where the draft is."""

    offer: UUID
    slug: Slug


async def draft(tx: Tx, command: Draft) -> Drafted:
    """Keep a draft; nothing goes out.

    Raises `Refused` for a time that doesn't exist or isn't later, an unknown organisation, a slug that is taken.
    """
    derived = _derived(command)
    hosts = list(dict.fromkeys([command.organisation, *command.co_hosts]))
    names = await organisations.known(tx, hosts)
    told = command.model_dump(exclude={"registration_closes", "occurrences"}) | {
        "offer": uuid7(),
        "co_hosts": hosts[1:],
        "languages": list(dict.fromkeys(command.languages)),
        "themes": list(dict.fromkeys(command.themes)),
        "search": _search(command, names),
        **derived,
    }
    columns = ", ".join(told)
    places = ", ".join(f"${n}" for n in range(1, len(told) + 1))
    offer = await tx.fetchval(
        f"INSERT INTO offer ({columns}) VALUES ({places}) ON CONFLICT (slug) DO NOTHING RETURNING offer",
        *told.values(),
    )
    if offer is None:
        raise Refused("slug-taken", "Another offer has this slug already.")
    return Drafted(offer=offer, slug=command.slug)


def _derived(command: Draft) -> dict[str, Any]:
    sittings = sorted(command.occurrences, key=lambda sitting: sitting.starts)
    spans = [rules.span(sitting.starts, sitting.ends, command.timezone) for sitting in sittings]
    closes = command.registration_closes
    return {
        "occurrences": [sitting.model_dump() for sitting in sittings],
        "starts_at": min(starts for starts, _ in spans),
        "ends_at": max(ends for _, ends in spans),
        "months": rules.months([(sitting.starts, sitting.ends) for sitting in sittings]),
        "registration_closes": closes and rules.local(closes, command.timezone),
        "region": command.country and vocabulary.country_region(command.country),
    }


def _search(command: Draft, host_names: Collection[str]) -> str:
    words = [command.title, command.summary, command.city, command.venue, *host_names]
    for language in ("de", "en"):
        words.append(vocabulary.kind_name(command.kind, language))
        words.append(command.country and vocabulary.country_name(command.country, language))
        words += [vocabulary.theme_name(theme, language) for theme in command.themes]
    return normalize_text(" ".join(filter(None, words)))
