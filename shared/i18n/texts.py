"""Texts: messages of gettext catalogues in a language, filled with values and with numbers as it writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from shared.i18n.languages import SOURCE_LANGUAGE, get_locale


@dataclass(frozen=True, slots=True)
class Domain:
    """The texts of the package in `folder`, which name the domain: its sources, and their translations beside them."""

    folder: Path

    @property
    def name(self) -> str:
        """What the domain's files are called."""
        return self.folder.name

    @property
    def template(self) -> Path:
        """All messages of the domain, without translations."""
        return self.folder / "locale" / f"{self.name}.pot"

    def translation(self, language: str) -> Path:
        """The catalogue of a language other than the source language."""
        return self.folder / "locale" / language / "LC_MESSAGES" / f"{self.name}.po"


class Texts:
    """The texts of one language.

    The methods are gettext's. Values fill a message's `%(name)s`; a plural's number is `%(num)s`, as in Jinja's
    `ngettext`. What has no translation is said in English.
    """

    def __init__(self, language: str, translations: NullTranslations) -> None:
        self.language = language
        self._translations = translations

    def gettext(self, message: str, /, **values: str | int) -> str:
        """The message in this language."""
        return self.fill(self._translations.gettext(message), values)

    def translate(self, marked: str) -> str:
        """The message that its source marks as one (`N_`), in this language."""
        return self._translations.gettext(marked)

    def ngettext(self, singular: str, plural: str, num: int, /, **values: str | int) -> str:
        """The message in the plural form that the language has for `num`."""
        return self.fill(self._translations.ngettext(singular, plural, num), {"num": num, **values})

    def pgettext(self, context: str, message: str, /, **values: str | int) -> str:
        """The message where `context` tells apart what English says with one word."""
        return self.fill(self._translations.pgettext(context, message), values)

    def npgettext(self, context: str, singular: str, plural: str, num: int, /, **values: str | int) -> str:
        """As `ngettext`, where `context` tells apart what English says with one word."""
        text = self._translations.npgettext(context, singular, plural, num)
        return self.fill(text, {"num": num, **values})

    def format_number(self, number: int) -> str:
        """1,204 or 1.204."""
        return _format_number(number, self.language)

    def fill(self, text: str, values: Mapping[str, str | int]) -> str:
        """The text with its values in it, numbers as this language writes them. Raises KeyError for one that lacks."""
        if not values:
            return text
        return text % {
            name: value if isinstance(value, str) else self.format_number(value)
            for name, value in values.items()
        }


@cache
def load_texts(language: str, *domains: Domain) -> Texts:
    """The texts of `domains` in one of `LANGUAGES`; the first domain that has a message says it."""
    translations = NullTranslations()
    for domain in reversed(domains if language != SOURCE_LANGUAGE else ()):
        own = _compile_catalogue(read_catalogue(domain.translation(language)))
        own.add_fallback(translations)
        translations = own
    return Texts(language, translations)


def read_catalogue(path: Path) -> Catalog:
    """The catalogue as translators' tools write it. Raises babel's PoFileError."""
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def _compile_catalogue(catalogue: Catalog) -> GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


@lru_cache(maxsize=4096)
def _format_number(number: int, language: str) -> str:
    return format_decimal(number, locale=get_locale(language))
