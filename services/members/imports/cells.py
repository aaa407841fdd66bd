"""Cells: what a person sees in one, whatever a spreadsheet wrapped it in."""

import re
import unicodedata
from collections.abc import Sequence

from services.members.imports.mappings import FieldName
from shared.naming import FORMULA_SIGNS
from shared.text import INVISIBLE, clean_ends

# More is no term and no name, and composing so many marks would take long.
COMPOSED_LETTERS = 1_000

_PADDING = "\0\x1a"
_WHITE = re.compile("[ \t\n\v\f\r\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_UNSEEN = re.compile(f"[{INVISIBLE}{_PADDING}]*")
_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_TEXT_FORMULA = re.compile('="((?:[^"]|"")*)"')
_FORMULA = tuple(FORMULA_SIGNS)
_NAMES: tuple[FieldName, ...] = ("name", "given_name", "family_name")


def clean_cell(field: FieldName, text: str) -> str:
    """The cell without white and invisible characters at its ends, in NFC, each run of white as one space.

    `="0049"` and `'0049` are how spreadsheets keep a number as text: they say 0049. An apostrophe before a name
    belongs to it ('t Hooft), as one before a formula does, which is no formula then. Around an address it is Outlook's.
    """
    seen = clean_text(text)
    if seen.startswith('="') and (wrapped := _TEXT_FORMULA.fullmatch(seen)):
        seen = clean_text(wrapped[1].replace('""', '"'))
    if field == "email" or seen == "'":
        return seen.strip("'")
    if seen.startswith("'") and field not in _NAMES and not seen.startswith(_FORMULA, 1):
        return clean_text(seen[1:])
    return seen


def clean_text(text: str) -> str:
    """The text without what nobody sees at its ends, in NFC, each run of white as one space."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    spaced = _WHITE.sub(" ", text).strip(f" {_PADDING}")
    return clean_ends(spaced) if len(spaced) <= COMPOSED_LETTERS else spaced


def is_blank(cells: Sequence[str]) -> bool:
    """Whether nothing can be seen in any of the cells."""
    return all(map(_UNSEEN.fullmatch, cells))


def strip_row(cells: Sequence[str]) -> Sequence[str]:
    """The cells without the empty ones at their end."""
    end = len(cells)
    while end and is_blank(cells[end - 1 : end]):
        end -= 1
    return cells[:end]


def fold(text: str) -> str:
    """A key for headers and names: case, white space, dashes, composition and what nobody sees make no difference."""
    if text.isascii() and text.isprintable():
        return text.replace(" ", "").lower()
    short = unicodedata.normalize("NFKC", text[:COMPOSED_LETTERS])
    return _DASHES.sub("-", _INVISIBLE.sub("", short)).strip(_PADDING).casefold()
