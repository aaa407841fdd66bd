"""Guesses: how a list may be read, from its first rows alone, for a person who looks at them and corrects them."""

import io
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import IO, NamedTuple

from services.members.imports import cells
from services.members.imports.encodings import CODECS, find_encoding
from services.members.imports.layouts import COLUMNS, HEADER_ROWS, ListLayout
from services.members.imports.mappings import DELIMITERS, FieldName
from services.members.imports.raw_rows import open_text, read_lines, split_rows
from shared.contracts.refusals import Refused

# What is looked at, at most: so it takes no longer for a long list.
HEAD_BYTES, HEAD_LINES = 500_000, 200
EXAMPLE_LETTERS = 40
DATE_FORMATS = ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y")
DEFAULT_ENCODING = "windows-1252"

# What offices call our fields, the clearest first; each field takes a column that none before it has taken.
_CALLED: Mapping[FieldName, str] = {
    "email": "E-Mail|E-Mail-Adresse|E-Mail address|Mail|Mailadresse",
    "given_name": "Vorname|Vornamen|Given name|First name|Forename|Rufname|first|given",
    "family_name": "Nachname|Familienname|Family name|Last name|Surname|Zuname|last|family",
    "name": "Name, Vorname|Nachname, Vorname|Surname, First name|Last name, First name|Full name|Name",
    "reference": "Nr.|Lfd. Nr.|Nummer|Mitgliedsnummer|Alumni-Nr.|Kennung|Personal ID|Member ID|Reference|ID",
    "cohort": "Jahrgang|Kohorte|Lehrgang|Cohort|Start year|Programmjahr|Jahr|Year",
    "completed_on": "Abschlussdatum|Abschluss am|Abgeschlossen am|Completed on|Funded until|End date|Ende|Abschluss",
    "residence": "Wohnland|Wohnsitzland|Wohnsitzstaat|Aufenthaltsland|Lives in|Residence|Land|Country",
    "origin": "Herkunftsland|Country of origin|Entsendestaat|Heimatland|Nationality|Nationalität|Origin|Herkunft|Land",
    "programme": "Programm|Förderprogramm|Programme|Program|Scheme|Fellowship",
    "posting": "Vertretung|Auslandsvertretung|Dienstort|Posted at|Posting|Mission",
    "language": "Korrespondenzsprache|Korrespondenz|Correspondence language|Sprache|Language",
    "languages": "Sprachen|Sprachkenntnisse|Languages|Spricht|Speaks",
    "themes": "Themen|Themes|Fachgebiete|Topics",
    "regions": "Regionen|Regionalkenntnisse|Regions",
    "branch": "Branche|Branch|Sektor|Sector|Industry",
    "advises": "Berät|Beratung|Advises|Mentoring|Mentor",
}


def _key_header(header: str) -> str:
    """Letters and digits alone: first_name is First name."""
    return "".join(filter(str.isalnum, cells.fold(header)))


_KEYS: Mapping[FieldName, Sequence[str]] = {
    field: [_key_header(header) for header in headers.split("|")] for field, headers in _CALLED.items()
}
_KNOWN = frozenset(key for keys in _KEYS.values() for key in keys)


class GuessedColumn(NamedTuple):
    """A column of the list: its header, the first thing that stands in it, and which of our fields it may be."""

    header: str
    example: str
    field: FieldName | None


class Guess(NamedTuple):
    """How a list may be read; `date_format` is None where its days don't tell."""

    layout: ListLayout
    columns: Sequence[GuessedColumn]
    date_format: str | None


class _Header(NamedTuple):
    line: int
    delimiter: str
    headers: Sequence[str]
    below: Sequence[Sequence[str]]


def guess_list(file: IO[bytes]) -> Guess:
    """How the list may be read. Raises `Refused` for a workbook, and for what has no row."""
    file.seek(0)
    head = io.BytesIO(file.read(HEAD_BYTES))
    encoding = guess_encoding(head)
    with open_text(head, CODECS.get(encoding, encoding)) as text:
        lines = list(islice(read_lines(text), HEAD_LINES))
    found = max((_find_header(lines, each) for each in DELIMITERS), key=_count_hints)
    if not found.headers:
        raise Refused("list-empty", "The list has no header line that can be read.")
    columns = _guess_columns(found)
    layout = ListLayout(encoding=encoding, delimiter=found.delimiter, header_line=found.line)
    return Guess(layout, columns, _guess_dates(found, columns))


def guess_encoding(head: IO[bytes]) -> str:
    """The first encoding in which its words look like ones. Raises `Refused` for a workbook."""
    for name in ("utf-8", DEFAULT_ENCODING, *CODECS):
        head.seek(0)
        with suppress(Refused):
            return find_encoding(head, name)
    head.seek(0)
    if head.read(4).startswith((b"PK", b"\xd0\xcf")):
        raise Refused("list-is-workbook", "The list is a workbook. Save it as CSV UTF-8, and upload that.")
    return DEFAULT_ENCODING


def _find_header(lines: Sequence[str], delimiter: str) -> _Header:
    """The first rows' likeliest header: with the most columns that we know, then with the most at all."""
    rows = [(line, row) for line, row, _ in split_rows(lines, delimiter) if row and not cells.is_blank(row)]
    candidates = [
        _Header(line, delimiter, cells.strip_row(row)[:COLUMNS], [below for _, below in rows[at + 1 :]])
        for at, (line, row) in enumerate(rows[:HEADER_ROWS])
    ]
    return max(candidates, key=_count_hints, default=_Header(0, delimiter, [], []))


def _count_hints(found: _Header) -> tuple[int, int]:
    return sum(_key_header(header) in _KNOWN for header in found.headers), len(found.headers)


def _guess_columns(found: _Header) -> list[GuessedColumn]:
    keys = [_key_header(header) for header in found.headers]
    fields: dict[int, FieldName] = {}
    for field, called in _KEYS.items():
        places = (at for each in called for at, key in enumerate(keys) if key == each and at not in fields)
        if (place := next(places, None)) is not None:
            fields[place] = field
    return _divide_names(
        [
            GuessedColumn(cells.clean_text(header), _find_example(found, at), fields.get(at))
            for at, header in enumerate(found.headers)
        ]
    )


def _divide_names(columns: Sequence[GuessedColumn]) -> list[GuessedColumn]:
    """Beside a given name, "Name" is the family's; without a family name beside it, a given name says too little."""
    fields = {column.field for column in columns}
    instead: Mapping[FieldName | None, FieldName | None] = {}
    if {"given_name", "name"} <= fields:
        instead = {"name": None if "family_name" in fields else "family_name"}
    return [
        column._replace(field=instead[column.field]) if column.field in instead else column
        for column in columns
    ]


def _find_example(found: _Header, position: int) -> str:
    texts = (cells.clean_text(row[position]) for row in found.below if position < len(row))
    return next(filter(None, texts), "")[:EXAMPLE_LETTERS]


def _guess_dates(found: _Header, columns: Sequence[GuessedColumn]) -> str | None:
    """The format in which most days of the first rows can be read, if that is most of them."""
    position = next((at for at, each in enumerate(columns) if each.field == "completed_on"), None)
    if position is None:
        return None
    days = [cells.clean_text(row[position]) for row in found.below if position < len(row)]
    days = [day.split()[0] for day in days if day]
    fitting = {each: sum(_is_day(day, each) for day in days) for each in DATE_FORMATS}
    best = max(DATE_FORMATS, key=lambda each: fitting[each])
    return best if 2 * fitting[best] > len(days) else None


def _is_day(text: str, pattern: str) -> bool:
    try:
        datetime.strptime(text, pattern)  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return False
    return True
