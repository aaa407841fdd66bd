"""Reads one row of an office's list: the command to join, or the reason why the row is bad."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from typing import Any

from services.members.imports.cells import clean_cell, clean_text, fold
from services.members.imports.csv_reader import REPEATS_AFFILIATION, REPEATS_PERSON
from services.members.imports.mappings import FieldName, ListMapping
from services.members.members.joining import JoinMember
from services.members.members.rules import EARLIEST_COHORT, is_cohort, is_completion, latest_completion
from services.members.members.statements import SAID, AffiliationFacts
from shared import naming
from shared.addresses import address_key
from shared.contracts import vocabulary
from shared.naming import Meaningless
from shared.text import clean_line

LONGEST = 200
MOST = 30

_SLUG = re.compile(r"(?=.{1,80}$)[a-z0-9]+(-[a-z0-9]+)*")
_YEAR = re.compile(r"([0-9]{4})(?:[.,]0+)?")
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_MIDNIGHT = re.compile("[ T](0?0:00(:00([.,]0+)?)?Z?|12:00(:00)? AM)$")
_COMMAS = re.compile("[,،，]")
_TWO_DIGITS = re.compile("%[yx]")
_YES = ("ja", "yes", "j", "y", "x", "wahr", "true", "1")
_SAID_BEFORE: Mapping[str | None, frozenset[str]] = {
    REPEATS_PERSON: frozenset(SAID),
    REPEATS_AFFILIATION: frozenset((*SAID, *AffiliationFacts._fields)),
}
_NO = ("nein", "no", "n", "falsch", "false", "0", "")


class BadRow(Exception):
    """A row that can't be taken: a reason code, and our field it is about. The value is not repeated."""

    def __init__(self, reason: str, field: FieldName) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


@dataclass(frozen=True)
class RowReader:
    """What is needed to read the rows of one list. `programmes` are slugs by the keys of slugs and names."""

    mapping: ListMapping
    programmes: Mapping[str, str]
    latest_cohort: int

    def read_row(self, cells: Sequence[str], repeats: str | None = None) -> JoinMember:
        """The command in one row's cells, which stand in the order of the mapping's fields. Raises `BadRow`.

        Of whoever is a member already it says what stands in its cells, but for what an earlier row has said.
        """
        row = {field: clean_cell(field, cell) for field, cell in zip(self.fields, cells, strict=True)}
        values: dict[FieldName, Any] = {field: self._read_value(field, cell) for field, cell in row.items()}
        values |= _read_name(values, "name" if "name" in row else None)
        given = {field: value for field, value in values.items() if value is not None and field != "name"}
        # Not validated again, which would take as long as all the rest; a test proves that it always fits.
        return JoinMember.model_construct(
            {str(field) for field in given} - _SAID_BEFORE.get(repeats, frozenset()),
            **(self.defaults | {str(field): value for field, value in given.items()}),
        )

    @cached_property
    def fields(self) -> list[FieldName]:
        return self.mapping.fields

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The values of every row that has none of its own."""
        names = ("organisation", "programme", "role", "language", "invite")
        return {name: getattr(self.mapping, name) for name in names}

    def _read_value(self, field: FieldName, cell: str) -> Any:
        if field == "cohort":
            return _read_cohort(cell, self.latest_cohort)
        if field == "completed_on":
            return _read_day(cell, self.mapping.date_format, self.latest_cohort)
        if field == "programme":
            return _read_term("programme", cell, lambda text: self.programmes.get(fold(text)))
        return _READERS[field](field, cell)


def _read_text(field: FieldName, cell: str, require: naming.Require = naming.require_plain) -> str | None:
    if len(cell) > LONGEST:
        raise BadRow("too-long", field)
    if not cell.isprintable():
        _require_line(field, cell)
    return _require_meaning(field, cell, require) if cell else None


def _require_meaning(field: FieldName, text: str, require: naming.Require) -> str:
    try:
        return require(text)
    except Meaningless as error:
        raise BadRow(error.reason, field) from None


def _require_line(field: FieldName, cell: str) -> None:
    try:
        clean_line(cell)
    except ValueError:
        raise BadRow("control-character", field) from None


def _read_email(field: FieldName, cell: str) -> str:
    address = _read_text(field, cell)
    if address is None:
        raise BadRow("email-missing", field)
    try:
        address_key(address)
    except ValueError:
        raise BadRow("email-invalid", field) from None
    return address


def _read_name(values: Mapping[FieldName, Any], field: FieldName | None) -> dict[FieldName, Any]:
    """Family and given name, one of which may be empty; from "Family, Given" where the list has one column.

    A name that isn't divided is taken as a whole, as the primary identifier of a passport is (ICAO 9303): which part
    of it is the family's, nobody can tell from outside.
    """
    family, given = values.get("family_name") or "", values.get("given_name") or ""
    if field is not None:
        family, given = map(clean_text, [*_COMMAS.split(values[field] or "", maxsplit=1), ""][:2])
    if not family and not given:
        raise BadRow("name-missing", field or "family_name")
    if field is not None:
        for part in filter(None, (family, given)):
            _require_meaning(field, part, naming.require_name)
    return {"family_name": family, "given_name": given}


def _read_cohort(text: str, latest: int) -> int | None:
    if not text:
        return None
    year = _YEAR.fullmatch(text)
    if year is None or not is_cohort(int(year[1]), latest):
        raise BadRow("cohort-invalid", "cohort")
    return int(year[1])


def _read_day(text: str, pattern: str, latest: int) -> date | None:
    """A day in the list's format; spreadsheets may add the midnight with which it begins, and direction marks."""
    written = _DIRECTIONS.sub("", text)
    if not written:
        return None
    day = _parse_day(written, pattern) or _parse_day(_MIDNIGHT.sub("", written), pattern)
    if day is not None and _TWO_DIGITS.search(pattern):
        day = _choose_century(day, latest)
    if day is None or not is_completion(day, latest):
        raise BadRow("date-invalid", "completed_on")
    return day


def _choose_century(day: date, latest: int) -> date | None:
    """The day in the century in which someone can have completed it: strptime takes 68 for 2068."""
    possible = range(EARLIEST_COHORT, latest_completion(latest) + 1)
    years = [year for year in possible if year % 100 == day.year % 100]
    if len(years) > 1:
        raise BadRow("date-ambiguous", "completed_on")
    return day.replace(year=years[0]) if years else None


def _parse_day(text: str, pattern: str) -> date | None:
    try:
        return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _read_term(field: FieldName, cell: str, look_up: Callable[[str], str | None]) -> str | None:
    if not cell:
        return None
    found = look_up(cell) if len(cell) <= LONGEST else None
    if found is None:
        raise BadRow(_UNKNOWN[field], field)
    return found


def _read_terms(field: FieldName, cell: str, look_up: Callable[[str], str | None]) -> list[str]:
    found = [_read_term(field, clean_text(part), look_up) for part in cell.split("|")]
    terms = list(dict.fromkeys(term for term in found if term is not None))
    if len(terms) > MOST:
        raise BadRow("too-long", field)
    return terms


def _read_answer(field: FieldName, cell: str) -> bool:
    answer = cell.lower()
    if answer not in _YES + _NO:
        raise BadRow("answer-unknown", field)
    return answer in _YES


def _find_slug(text: str) -> str | None:
    return text if _SLUG.fullmatch(text) else None


_UNKNOWN: dict[FieldName, str] = {
    "origin": "country-unknown",
    "residence": "country-unknown",
    "posting": "posting-invalid",
    "language": "language-unknown",
    "languages": "language-unknown",
    "themes": "theme-unknown",
    "regions": "region-unknown",
    "programme": "programme-unknown",
}

_READERS: dict[FieldName, Callable[[FieldName, str], Any]] = {
    "reference": partial(_read_text, require=naming.require_reference),
    "name": _read_text,
    "given_name": partial(_read_text, require=naming.require_name),
    "family_name": partial(_read_text, require=naming.require_name),
    "branch": _read_text,
    "email": _read_email,
    "advises": _read_answer,
    "origin": lambda field, cell: _read_term(field, cell, vocabulary.find_country),
    "residence": lambda field, cell: _read_term(field, cell, vocabulary.find_country),
    "posting": lambda field, cell: _read_term(field, cell, _find_slug),
    "language": lambda field, cell: _read_term(field, cell, vocabulary.find_language),
    "languages": lambda field, cell: _read_terms(field, cell, vocabulary.find_language),
    "themes": lambda field, cell: _read_terms(field, cell, vocabulary.find_theme),
    "regions": lambda field, cell: _read_terms(field, cell, vocabulary.find_region),
}
