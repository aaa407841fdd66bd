"""Cuts an office's CSV file into rows: where each begins, and its mapped cells or why it has none."""

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
        rows = ((line, row) for line, row in _split_rows(text, mapping.delimiter) if row != [])
        _, header = next(rows, (0, None))
        header = [cell.strip() for cell in header or ()]
        positions = _find_positions(header, mapping)
        for line, row in rows:
            yield _build_row(line, row, header, positions)
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


def _build_row(line: int, row: list[str] | None, header: list[str], positions: list[int]) -> ListRow:
    if row is None:
        return ListRow(line, None, "quotes")
    broken = [position for position, cell in enumerate(row) if _UNDECODABLE.search(cell)]
    if broken:
        mapped = [position for position in broken if position in positions and len(row) == len(header)]
        return ListRow(line, None, "encoding", header[mapped[0]] if mapped else None)
    if len(row) != len(header):
        return ListRow(line, None, "columns")
    return ListRow(line, [row[position] for position in positions])


def _split_rows(text: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each row with its first line's number; None for a line whose quotation marks don't match.

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
            lines.give_back()
            yield line, None
        else:
            yield line, row


class _ReplayableLines:
    """Lines that can be given back."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text = iter(text)
        self._back: deque[str] = deque()
        self._taken: list[str] = []
        self._number = 1

    def begin_row(self) -> int:
        """A row begins: the number of its first line."""
        self._number += len(self._taken)
        self._taken.clear()
        return self._number

    def give_back(self) -> None:
        """All lines of this row but its first will come again."""
        self._back.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]

    def __iter__(self) -> "_ReplayableLines":
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else next(self._text)
        self._taken.append(line)
        return line
