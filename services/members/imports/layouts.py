"""Layouts: how a list is written (encoding, separator, header), found by where the mapping's columns stand."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import IO, NamedTuple

from pydantic import Field

from services.members.imports import cells
from services.members.imports.encodings import CODECS, find_encoding
from services.members.imports.mappings import DELIMITERS, FieldName, ListMapping
from services.members.imports.raw_rows import UNDECODABLE, open_text, read_lines, split_rows
from shared.contracts.model import Contract
from shared.contracts.refusals import Refused

COLUMNS = 200
# The header is one of so many first rows; what stands above it are titles.
HEADER_ROWS = 20
_OPENING_LINES = 100


class ListLayout(Contract):
    """How a list was understood."""

    encoding: str
    delimiter: str = Field(description="what separates its cells")
    header_line: int = Field(description="where its header begins, from 1 as a text editor shows it")


class FoundHeader(NamedTuple):
    """A list's layout, how many cells its header has, and where those of the mapping's fields are, in their order."""

    layout: ListLayout
    width: int
    positions: list[int]


class _Candidate(NamedTuple):
    line: int
    delimiter: str
    width: int
    cells: Sequence[str]
    headers: Sequence[str]


def find_header(file: IO[bytes], mapping: ListMapping) -> FoundHeader:
    """The header is the first row that has all columns of the mapping, at whichever separator.

    Raises `Refused` if there is none, if it has one of them twice or too many, or if the list is no text.
    """
    encoding = find_encoding(file, mapping.encoding)
    with open_text(file, CODECS.get(encoding, encoding)) as text:
        lines = list(islice(read_lines(text), _OPENING_LINES))
    candidates = [
        row
        for delimiter in dict.fromkeys((mapping.delimiter, *DELIMITERS))
        for row in islice(_read_candidates(lines, delimiter), HEADER_ROWS)
    ]
    if not candidates:
        raise Refused("list-empty", "The list has no header line that can be read.")
    wanted = {field: cells.fold(mapping.columns[field]) for field in mapping.fields}
    best = max(candidates, key=lambda row: sum(header in row.headers for header in wanted.values()))
    _require_columns(best, wanted, encoding, mapping)
    layout = ListLayout(encoding=encoding, delimiter=best.delimiter, header_line=best.line)
    return FoundHeader(layout, best.width, [best.headers.index(header) for header in wanted.values()])


def _read_candidates(lines: Sequence[str], delimiter: str) -> Iterator[_Candidate]:
    for line, row, _ in split_rows(lines, delimiter):
        if row and not cells.is_blank(row):
            filled = cells.strip_row(row)[: COLUMNS + 1]
            yield _Candidate(line, delimiter, len(row), filled, [cells.fold(cell) for cell in filled])


def _require_columns(
    best: _Candidate, wanted: Mapping[FieldName, str], encoding: str, mapping: ListMapping
) -> None:
    if len(best.headers) > COLUMNS:
        raise Refused("list-too-wide", f"The list has more than {COLUMNS} columns.")
    lacking = [field for field, header in wanted.items() if header not in best.headers]
    if lacking:
        found = f"its header seems to be line {best.line}" if len(lacking) < len(wanted) else "nor any other"
        named = ", ".join(f"{mapping.columns[field]!r} ({field})" for field in lacking)
        hint = "" if _is_text(best.cells) else f" What it begins with is no text in {encoding}."
        raise Refused("column-unknown", f"The list has no column {named}; {found}.{hint}")
    twice = next((field for field, header in wanted.items() if best.headers.count(header) > 1), None)
    if twice is not None:
        raise Refused(
            "column-unknown",
            f"{twice}: the list has the column {mapping.columns[twice]!r} twice, in line {best.line}; that letters are"
            " small or capital, and spaces, make no difference.",
        )


def _is_text(header: Sequence[str]) -> bool:
    """Not so for another encoding, nor for another program's own format."""
    return not any("\0" in cell or UNDECODABLE in cell for cell in header)
