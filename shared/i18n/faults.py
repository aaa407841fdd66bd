"""Faults of a translation: what it lacks, what is too much in it, and what could not be filled with values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from gettext import c2py

from babel.messages.catalog import Catalog, Message

FIRST_NUMBERS = range(1000)
NUMBER = "num"
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def find_faults(translations: Catalog, template: Catalog) -> Iterator[str]:
    """The faults of a domain's translations, measured by the messages of its sources."""
    wanted, given = _by_name(template), _by_name(translations)
    yield from (f"{name} is missing" for name in wanted.keys() - given.keys())
    yield from (f"{name} is unused" for name in given.keys() - wanted.keys())
    for name, message in given.items():
        yield from (f"{name} {fault}" for fault in _find_message_faults(message, translations))


def _by_name(catalog: Catalog) -> Mapping[str, Message]:
    named = ((_forms(message.id)[0], message) for message in catalog if message.id)
    return {
        f"{text!r} ({message.context})" if message.context else repr(text): message for text, message in named
    }


def _find_message_faults(message: Message, translations: Catalog) -> Iterator[str]:
    forms = _forms(message.string)
    if message.fuzzy:
        yield "is marked as fuzzy"
    if not all(forms):
        yield "is not translated"
    yield from (f"is wrong: {error}" for error in message.check(translations))
    wanted = _placeholders(_forms(message.id)[-1])
    for index, form in enumerate(forms):
        # The form of a single number may say that number in words: "the only place", "both places".
        optional = {NUMBER} if message.pluralizable and _is_of_one_number(index, translations) else set()
        if form and _placeholders(form) - optional != wanted - optional:
            yield f"has other placeholders in {form!r}"


def _forms(text: str | Sequence[str] | None) -> Sequence[str]:
    return (text or "",) if isinstance(text, str | None) else text


def _placeholders(text: str) -> set[str]:
    return set(_PLACEHOLDER.findall(text))


def _is_of_one_number(index: int, translations: Catalog) -> bool:
    choose = c2py(translations.plural_expr)
    return [choose(number) for number in FIRST_NUMBERS].count(index) <= 1
