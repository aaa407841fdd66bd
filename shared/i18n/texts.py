"""What the pages say, in each language: texts with plurals, and the names of the vocabulary's codes."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from babel import Locale
from babel.numbers import format_decimal

from shared.contracts import vocabulary
from shared.contracts.vocabulary import Term

LANGUAGES = ("en", "de")
LOCALES = {"en": "en_GB", "de": "de"}
Text = str | Mapping[str, str]

_TERMS: Mapping[str, Callable[[], Mapping[str, Term]]] = {
    "country": vocabulary.countries,
    "region": vocabulary.regions,
    "theme": vocabulary.themes,
    "kind": vocabulary.kinds,
    "language": vocabulary.languages,
}


class Words:
    """The texts of one language."""

    def __init__(self, language: str, texts: Mapping[str, Text]) -> None:
        self.language = language
        self.locale = Locale.parse(LOCALES[language])
        self._texts = texts

    def __call__(self, key: str, /, **values: str | int) -> str:
        """The text of `key` with its values; numbers as the language writes them, `n` chooses the plural.

        Raises KeyError for an unknown key or a value that lacks.
        """
        text = self._texts[key]
        if not isinstance(text, str):
            text = text.get(self.locale.plural_form(int(values["n"])), text["other"])
        return text.format(**{name: self._written(value) for name, value in values.items()})

    def number(self, number: int) -> str:
        """1,204 or 1.204."""
        return format_decimal(number, locale=self.locale)

    def term(self, group: str, code: str) -> str:
        """The name of a code, as `Filter` groups it; the code itself where the vocabulary has none."""
        if group == "mode":
            return self(f"mode.{code}") if f"mode.{code}" in self._texts else code
        terms = _TERMS[group]()
        return terms[code].name(self.language) if code in terms else code

    def _written(self, value: str | int) -> str:
        return value if isinstance(value, str) else self.number(value)


@cache
def words(language: str) -> Words:
    """The texts of one of `LANGUAGES`."""
    return Words(language, texts(language))


def texts(language: str) -> dict[str, Text]:
    """The message catalogue as it is stored: a text, or texts by plural form."""
    stored = Path(__file__).with_name("catalogues") / f"{language}.json"
    catalogue: dict[str, Text] = json.loads(stored.read_text(encoding="utf-8"))
    return catalogue


def preferred(asked: str | None, accepted: str) -> str:
    """The language to answer in: the one asked for, else the best of an Accept-Language header, else English."""
    if asked in LANGUAGES:
        return asked
    wanted = [_weighed(part) for part in accepted[:500].split(",")]
    for _, language in sorted((w for w in wanted if w[0] > 0), key=lambda w: -w[0]):
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


def _weighed(part: str) -> tuple[float, str]:
    tag, _, weight = part.partition(";")
    number = weight.strip().removeprefix("q=")
    share = float(number) if number.replace(".", "", 1).isdecimal() and number.isascii() else 1.0
    return share, tag.strip().lower().partition("-")[0]
