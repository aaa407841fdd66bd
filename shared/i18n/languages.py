"""The languages that people are answered in, and which of them a person prefers."""

import re
from collections.abc import Mapping
from functools import cache

from babel import Locale, negotiate_locale

SOURCE_LANGUAGE = "en"
LOCALES: Mapping[str, str] = {SOURCE_LANGUAGE: "en_GB", "de": "de"}
LANGUAGES = tuple(LOCALES)

LONGEST_HEADER = 500
_LANGUAGE_RANGE = re.compile(r"\s*([a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?")


@cache
def get_locale(language: str) -> Locale:
    """The CLDR locale whose rules one of `LANGUAGES` follows. Raises KeyError for any other language."""
    return Locale.parse(LOCALES[language])


def name_language(language: str) -> str:
    """What one of `LANGUAGES` calls itself."""
    return get_locale(language).get_language_name() or language


def preferred_language(asked: str | None, accept_language: str) -> str:
    """The language asked for if it is one of `LANGUAGES`, else the best of an Accept-Language header, else English."""
    if asked in LANGUAGES:
        return asked
    return negotiate_locale(_parse_accept_language(accept_language), LANGUAGES, sep="-") or SOURCE_LANGUAGE


def _parse_accept_language(header: str) -> list[str]:
    """The language tags by preference (RFC 9110, 12.5.4), in lower case; what is no tag is left out."""
    parts = header[:LONGEST_HEADER].lower().split(",")
    matches = [match for part in parts if (match := _LANGUAGE_RANGE.fullmatch(part))]
    weights = [(match[1], float(match[2] or 1)) for match in matches]
    return [tag for tag, weight in sorted(weights, key=lambda pair: -pair[1]) if weight > 0]
