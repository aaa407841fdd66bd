"""Cuts an office's CSV file into records: where each begins, and its mapped cells or why it has none."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from services.members.imports.mappings import ListMapping
from shared.contracts.refusals import Refused

COLUMNS = 200
_UNDECODABLE = re.compile("[\udc80-\udcff]")
_CODECS = {"utf-8": "utf-8-sig", "windows-1252": "windows-1252"}


class Record(NamedTuple):
    """One row of a list. `line` counts from 1 with the header, where a text editor shows the record's first line.

    `cells` are those of the mapping's columns, in the order of its fields; None if the record has a `fault` (a
    reason code), in the column `header` if it is a single one's.
    """

    line: int
    cells: list[str] | None
    fault: str | None = None
    header: str | None = None


def records(file: IO[bytes], mapping: ListMapping) -> Iterator[Record]:
    """The rows of the list, each once, whatever is wrong with others. Empty lines are no rows.

    Raises `Refused` if the list's header lacks a column of the mapping.
    """
    codec = _CODECS[mapping.encoding]
    text = io.TextIOWrapper(file, codec, "surrogateescape", newline="")
    try:
        rows = ((line, row) for line, row in _rows(text, mapping.delimiter) if row != [])
        _, header = next(rows, (0, None))
        header = [cell.strip() for cell in header or ()]
        places = _places(header, mapping)
        for line, row in rows:
            yield _record(line, row, header, places)
    finally:
        text.detach()


def _places(header: list[str], mapping: ListMapping) -> list[int]:
    """Where the mapping's columns stand, in the order of its fields."""
    if not header:
        raise Refused("list-empty", "The list has no header line that can be read.")
    if len(header) > COLUMNS:
        raise Refused("list-too-wide", f"The list has more than {COLUMNS} columns.")
    names = {field: mapping.columns[field] for field in mapping.fields}
    for field, name in names.items():
        if header.count(name) != 1:
            times = "twice" if name in header else "no"
            hint = "" if _is_text(header) else f" What it begins with is no text in {mapping.encoding}."
            raise Refused("column-unknown", f"{field}: the list has {times} column {name!r}.{hint}")
    return [header.index(name) for name in names.values()]


def _is_text(header: list[str]) -> bool:
    """Not so for UTF-16, a spreadsheet's own format, or another encoding."""
    return not any("\0" in cell or _UNDECODABLE.search(cell) for cell in header)


def _record(line: int, row: list[str] | None, header: list[str], places: list[int]) -> Record:
    if row is None:
        return Record(line, None, "quotes")
    broken = [place for place, cell in enumerate(row) if _UNDECODABLE.search(cell)]
    if broken:
        mapped = [place for place in broken if place in places and len(row) == len(header)]
        return Record(line, None, "encoding", header[mapped[0]] if mapped else None)
    if len(row) != len(header):
        return Record(line, None, "columns")
    return Record(line, [row[place] for place in places])


def _rows(text: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each row with its first line's number; None for a line whose quotation marks don't match.

    A quotation mark that is never closed would swallow the rows that follow: they are read again.
    """
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.begin()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.give_back()
            yield line, None
        else:
            yield line, row


class _Lines:
    """Lines that can be given back."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text = iter(text)
        self._back: deque[str] = deque()
        self._taken: list[str] = []
        self._number = 1

    def begin(self) -> int:
        """A record begins: the number of its first line."""
        self._number += len(self._taken)
        self._taken.clear()
        return self._number

    def give_back(self) -> None:
        """All lines of this record but its first will come again."""
        self._back.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._text)
        self._taken.append(line)
        return line
