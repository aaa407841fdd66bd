"""What names and references are, whichever way they come in: nothing that a spreadsheet damaged, or would calculate."""

import re
from collections.abc import Callable

from shared.text import INVISIBLE, NO_TEXT

# What begins a formula in spreadsheets, in full width too.
FORMULA_SIGNS = "=+-@＝＋－＠"
# Digits, punctuation and symbols, in which nobody's name is written. A test compares it with Unicode's letters.
NO_LETTER = (
    "\0-@\\[-`{-\xa9\xab-\xb4\xb6-\xb9\xbb-\xbf\xd7\xf7\u0660-\u066d\u06d4\u06f0-\u06f9\u0966-\u096f\u2000-\u2070"
    "\u2072-\u207e\u2080-\u208f\u20a0-\u20cf\u2150-\u2182\u2190-\u2bff\u2e30-\u3004\u3007-\u3030\uff01-\uff20"
    "\uff3b-\uff40\uff5b-\uff65\U0001f000-\U0001faff"
)
# Errors of Excel and LibreOffice in any language (#REF!, #WERT!, #ИМЯ?), and a column that was too narrow.
SHEET_ERROR = "(#[¡¿]?[^\\s#a-z]+[!?]|#N/A|#NV|#N/D|#Н/Д|#{2,}|Err:[0-9]{3})"
_MONTH = (
    "(Jan|Feb|Mar|Mär|Mrz|Apr|May|Mai|Jun|Jul|Aug|Sept?|Oct|Okt|Nov|Dec|Dez"
    "|janv|févr|mars|avr|mai|juin|juil|août|sept?|oct|nov|déc|ene|feb|mar|abr|may|jun|jul|ago|dic)\\.?"
)
_YEAR = "([0-9]{2}|(19|20)[0-9]{2})"
# How spreadsheets show a long number (1,2E+05), and what they take for a day: 3-1 becomes "03. Jan".
SHEET_NUMBER = "[0-9]{1,3}([.,][0-9]+)?[eE]\\+[0-9]{1,3}|[0-9][.,][0-9]+[eE]-[0-9]{1,3}"
SHEET_DAY = (
    f"[0-9]{{1,2}}(\\. ?|[ -]){_MONTH}([ -]{_YEAR})?|{_MONTH}[ -]{_YEAR}"
    "|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]00:00(:00)?"
)

REASONS = {
    "formula": "The text begins as a formula does: with =, +, - or @.",
    "spreadsheet-error": "This is an error that a spreadsheet shows where a text was, as #REF! or #####.",
    "name-without-letter": "A name has at least one letter.",
    "reference-damaged": (
        "A spreadsheet has made a number or a day of this reference, as 1.2E+05 or 03. Jan: format its column as text"
        " and fill it in again."
    ),
}

_ERROR = re.compile(SHEET_ERROR)
_LETTER = re.compile(f"[^{NO_LETTER}{INVISIBLE}{NO_TEXT}]")
_DAMAGED = re.compile(f"{SHEET_NUMBER}|{SHEET_DAY}")


class Meaningless(ValueError):
    """A text that can't be what it is given as; `reason` is a key of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


Require = Callable[[str], str]


def require_plain(text: str) -> str:
    """The text itself. Raises `Meaningless` for the beginning of a formula, and for a spreadsheet's error."""
    if text.startswith(tuple(FORMULA_SIGNS)):
        raise Meaningless("formula")
    if _ERROR.fullmatch(text):
        raise Meaningless("spreadsheet-error")
    return text


def require_name(text: str) -> str:
    """A name of a person, an organisation or a programme. Raises `Meaningless`."""
    if not _LETTER.search(require_plain(text)):
        raise Meaningless("name-without-letter")
    return text


def require_reference(text: str) -> str:
    """An id in somebody's own list. Raises `Meaningless` for what a spreadsheet has made of one."""
    if _DAMAGED.fullmatch(require_plain(text)):
        raise Meaningless("reference-damaged")
    return text
