"""The words that all services share: countries, languages, themes, kinds of offer, and regions of expertise.

The JSON files beside this module are read once, at the first question. Each carries its version.
Look-ups of free text return None for what isn't known; look-ups by code raise KeyError.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from shared.contracts.vocabulary.spelling import spelling_key, spelling_keys

FALLBACK = "en"
TermT = TypeVar("TermT", bound="Term")


@dataclass(frozen=True, slots=True)
class Term:
    """A code or slug with its names by language (de and en always; fr and ru for countries and languages)."""

    code: str
    names: Mapping[str, str]

    def name(self, language: str = FALLBACK) -> str:
        """The name in `language`, or in English where that language has none."""
        return self.names.get(language, self.names[FALLBACK])


@dataclass(frozen=True, slots=True)
class Country(Term):
    """An ISO 3166-1 alpha-2 code, or XK; `region` is one of the eight world regions, `un_region` UN M49's."""

    alpha3: str
    region: str
    un_region: str
    short_forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Region(Term):
    """A region of expertise: a German Land, a Russian federal subject (ISO 3166-2), or a world region."""

    kind: str
    country: str | None
    iso: str | None


@cache
def countries() -> Mapping[str, Country]:
    return _by_code(
        Country(
            row["code"],
            row["names"],
            row["alpha3"],
            row["region"],
            row["un_region"],
            tuple(row["short_forms"]),
        )
        for row in _read_entries("countries")
    )


@cache
def regions() -> Mapping[str, Region]:
    return _by_code(
        Region(row["slug"], row["names"], row["kind"], row["country"], row["iso"])
        for row in _read_entries("regions")
    )


@cache
def languages() -> Mapping[str, Term]:
    return _by_code(Term(row["code"], row["names"]) for row in _read_entries("languages"))


@cache
def themes() -> Mapping[str, Term]:
    return _by_code(Term(row["slug"], row["names"]) for row in _read_entries("themes"))


@cache
def kinds() -> Mapping[str, Term]:
    return _by_code(Term(row["slug"], row["names"]) for row in _read_entries("kinds"))


@cache
def world_regions() -> frozenset[str]:
    return frozenset(region.code for region in regions().values() if region.kind == "world")


@cache
def versions() -> Mapping[str, str]:
    """The version of each file, by its name without ending."""
    names = ("countries", "kinds", "languages", "regions", "themes")
    return MappingProxyType({name: _read_file(name)["version"] for name in names})


def find_country(text: str) -> str | None:
    """The alpha-2 code for an ISO code (two or three letters) or a name in de, en, fr, ru, however spelled."""
    return _country_index().get(spelling_key(text))


def find_language(text: str) -> str | None:
    """The ISO 639-1 code for such a code or a name in de, en, fr or ru."""
    return _term_index("languages").get(spelling_key(text))


def find_theme(text: str) -> str | None:
    """The slug for a slug or a name in de or en."""
    return _term_index("themes").get(spelling_key(text))


def find_kind(text: str) -> str | None:
    """The slug for a slug or a name in de or en."""
    return _term_index("kinds").get(spelling_key(text))


def find_region(text: str) -> str | None:
    """The slug for a slug, an ISO 3166-2 code, or a name in de or en."""
    return _region_index().get(spelling_key(text))


def country_name(code: str, language: str = FALLBACK) -> str:
    return countries()[code].name(language)


def country_region(code: str) -> str:
    """The world region that the country lies in, as the pages filter by it."""
    return countries()[code].region


def language_name(code: str, language: str = FALLBACK) -> str:
    return languages()[code].name(language)


def theme_name(slug: str, language: str = FALLBACK) -> str:
    return themes()[slug].name(language)


def kind_name(slug: str, language: str = FALLBACK) -> str:
    return kinds()[slug].name(language)


def region_name(slug: str, language: str = FALLBACK) -> str:
    return regions()[slug].name(language)


def term_name(group: str, code: str, language: str = FALLBACK) -> str:
    """The name of a country, kind, language, region or theme, as `group` says; the code itself where it is younger
    than this build's vocabulary."""
    term = _GROUPS[group]().get(code)
    return term.name(language) if term else code


_GROUPS: Mapping[str, Callable[[], Mapping[str, Term]]] = {
    "country": countries,
    "kind": kinds,
    "language": languages,
    "region": regions,
    "theme": themes,
}


@cache
def _country_index() -> Mapping[str, str]:
    entries = countries().values()
    codes = {spelling_key(code): entry.code for entry in entries for code in (entry.code, entry.alpha3)}
    return _with_names(
        codes, ((entry.code, (*entry.names.values(), *entry.short_forms)) for entry in entries)
    )


@cache
def _region_index() -> Mapping[str, str]:
    entries = regions().values()
    codes = {spelling_key(code): entry.code for entry in entries for code in (entry.code, entry.iso) if code}
    return _with_names(codes, ((entry.code, entry.names.values()) for entry in entries))


@cache
def _term_index(name: str) -> Mapping[str, str]:
    terms = {"languages": languages, "themes": themes, "kinds": kinds}[name]().values()
    codes = {spelling_key(term.code): term.code for term in terms}
    return _with_names(codes, ((term.code, term.names.values()) for term in terms))


def _with_names(codes: Mapping[str, str], named: Iterable[tuple[str, Iterable[str]]]) -> Mapping[str, str]:
    """The codes, and the names that aren't some code already; a name with two meanings is an error."""
    names: dict[str, str] = {}
    for code, texts in named:
        for spelling in {spelling for text in texts for spelling in spelling_keys(text)} - codes.keys():
            if names.setdefault(spelling, code) != code:
                raise ValueError(f"the vocabulary's {spelling!r} means both {names[spelling]} and {code}")
    return MappingProxyType({**names, **codes})


def _by_code(terms: Iterable[TermT]) -> Mapping[str, TermT]:
    return MappingProxyType({term.code: term for term in terms})


def _read_entries(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = _read_file(name)["entries"]
    return entries


@cache
def _read_file(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))
    return content
