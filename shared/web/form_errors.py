"""What is wrong with a form, as sentences in the reader's language."""

from collections.abc import Mapping
from typing import Any

from shared.contracts.model import N_
from shared.contracts.refusals import Refused
from shared.i18n.texts import Texts

MISSING = N_("This is missing.")
_NO_NUMBER = N_("Write a number in digits.")
_NO_DATE = N_("Choose a date, as 31/12/2026.")
_NO_MOMENT = N_("Choose a day and a time.")
_NO_CHOICE = N_("Choose one of those offered.")
_UNREADABLE = N_("This isn't written as it has to be.")
_NO_LINE = N_("Write this in one line.")

# By pydantic's types of errors; values are those of its context.
_BY_TYPE = {
    "missing": MISSING,
    "string_too_long": N_("This is too long: at most %(max_length)s characters."),
    "string_too_short": N_("This is too short: at least %(min_length)s characters."),
    "too_long": N_("These are too many: at most %(max_length)s."),
    "too_short": N_("These are too few: at least %(min_length)s."),
    "greater_than": N_("This has to be more than %(gt)s."),
    "greater_than_equal": N_("This has to be %(ge)s at least."),
    "less_than": N_("This has to be less than %(lt)s."),
    "less_than_equal": N_("This may be %(le)s at most."),
    "literal_error": _NO_CHOICE,
    "enum": _NO_CHOICE,
    "bool_parsing": _NO_CHOICE,
    "bool_type": _NO_CHOICE,
    "date_past": N_("This has to be a day of the past."),
    "date_future": N_("This has to be a day to come."),
}
_BY_PART = {
    "int_": _NO_NUMBER,
    "float_": _NO_NUMBER,
    "decimal_": _NO_NUMBER,
    "date_": _NO_DATE,
    "datetime_": _NO_MOMENT,
    "time_": _NO_MOMENT,
}
# What our own types say.
_BY_MESSAGE = {
    "nothing of it can be seen": MISSING,
    "not a word of the shared vocabulary": _NO_CHOICE,
    "one line of text is needed": _NO_LINE,
    "text may not contain": _UNREADABLE,
    "a given or a family name is needed": N_("Write a given name, a family name, or both."),
}
_REFUSALS = {
    "idempotency-key-reused": N_(
        "This form was sent already, with other values. Send it again if this is to be done as well."
    ),
}


def say_error(error: Mapping[str, Any], texts: Texts) -> str:
    """A sentence about one of pydantic's errors. A validator's own words are said as they are translated."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return _say_own(str(context.get("error", "")), texts)
    sentence = _BY_TYPE.get(kind) or next(
        (said for part, said in _BY_PART.items() if kind.startswith(part)), _UNREADABLE
    )
    return texts.fill(texts.translate(sentence), _say_values(context))


def say_refusal(refused: Refused, sentences: Mapping[str, str], texts: Texts) -> str:
    """The site's sentence for a refusal's code, in the reader's language; else its own, which is English."""
    sentence = sentences.get(refused.code) or _REFUSALS.get(refused.code)
    return texts.translate(sentence) if sentence else refused.detail


def _say_own(message: str, texts: Texts) -> str:
    known = next((said for part, said in _BY_MESSAGE.items() if message.startswith(part)), None)
    if known:
        return texts.translate(known)
    translated = texts.translate(message) if message else message
    return translated if translated != message or message.endswith(".") else texts.translate(_UNREADABLE)


def _say_values(context: Mapping[str, Any]) -> dict[str, str | int]:
    return {name: value if isinstance(value, int) else str(value) for name, value in context.items()}
