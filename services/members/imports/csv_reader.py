"""Cuts an office's CSV file into rows: where each begins, and its mapped cells or why it has none."""

import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple, TextIO

from services.members.imports.mappings import ListMapping
from shared.contracts.refusals import Refused
from shared.text import clean_ends

COLUMNS = 200
# What one row may have: more is no row, but a quotation mark that is never closed, or a file that is no list.
ROW_LINES = 100
ROW_LETTERS = 100_000
CELL_LETTERS = 8_000
_UNDECODABLE = re.compile("[\udc80-\udcff]")
_CODECS = {"utf-8": "utf-8-sig", "windows-1252": "windows-1252"}


class ListRow(NamedTuple):
    """One row of a list. `line` counts from 1 with the header, where a text editor shows the row's first line.

    `cells` are those of the mapping's columns, in the order of its fields; None if the row has a `fault` (a
    reason code), in the column `header` if it is a single one's.
    """

    line: int
    cells: list[str] | None
    fault: str | None = None
    header: str | None = None


def read_rows(file: IO[bytes], mapping: ListMapping) -> Iterator[ListRow]:
    """The rows of the list, each once, whatever is wrong with others. Empty lines are no rows.

    Raises `Refused` if the list's header lacks a column of the mapping.
    """
    codec = _CODECS[mapping.encoding]
    text = io.TextIOWrapper(file, codec, "surrogateescape", newline="")
    try:
        lines = _read_lines(text)
        rows = (found for found in _split_rows(lines, mapping.delimiter) if found[1] != [])
        _, header, _ = next(rows, (0, None, None))
        header = [clean_ends(cell) for cell in (header or ())[: COLUMNS + 1]]
        positions = _find_positions(header, mapping)
        for line, row, fault in rows:
            yield ListRow(line, None, fault) if row is None else _build_row(line, row, header, positions)
    finally:
        text.detach()


def _find_positions(header: list[str], mapping: ListMapping) -> list[int]:
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


def _build_row(line: int, row: list[str], header: list[str], positions: list[int]) -> ListRow:
    broken = [position for position, cell in enumerate(row) if _UNDECODABLE.search(cell)]
    if broken:
        mapped = [position for position in broken if position in positions and len(row) == len(header)]
        return ListRow(line, None, "encoding", header[mapped[0]] if mapped else None)
    if len(row) != len(header):
        return ListRow(line, None, "columns")
    long = [position for position in positions if len(row[position]) > CELL_LETTERS]
    if long:
        return ListRow(line, None, "too-long", header[long[0]])
    return ListRow(line, [row[position] for position in positions])


def _read_lines(text: TextIO) -> Iterator[str]:
    """Each line with its end; what is beyond ROW_LETTERS of a longer one is passed over."""
    while line := text.readline(ROW_LETTERS + 1):
        yield line
        while len(line) > ROW_LETTERS and line[-1] not in "\r\n":
            line = text.readline(ROW_LETTERS + 1) or "\n"


def _split_rows(text: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str] | None, str | None]]:
    """Each row with its first line's number, or a line with the fault for which it is no row.

    A quotation mark that is never closed would swallow the rows that follow: they are read again.
    """
    lines = _ReplayableLines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        line = lines.begin_row()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, None, "too-long" if lines.give_back() > ROW_LETTERS else "quotes"
        else:
            yield line, row, None


class _ReplayableLines:
    """Lines that can be given back. Raises csv.Error where a row takes more than ROW_LINES or ROW_LETTERS."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text = iter(text)
        self._back: deque[str] = deque()
        self._taken: list[str] = []
        self._letters = 0
        self._number = 1

    def begin_row(self) -> int:
        """A row begins: the number of its first line."""
        self._number += len(self._taken)
        self._taken.clear()
        self._letters = 0
        return self._number

    def give_back(self) -> int:
        """All lines of this row but its first will come again; returns how many letters that one has."""
        self._back.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]
        return len(self._taken[0])

    def __iter__(self) -> "_ReplayableLines":
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._text)
        self._taken.append(line)
        self._letters += len(line)
        if len(self._taken) > ROW_LINES or self._letters > ROW_LETTERS:
            raise csv.Error
        return line
