"""Cuts a list's text into rows of cells, each with the number of its first line; a broken row costs no other."""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple, TextIO

# What one row may have: more is no row, but a quotation mark that is never closed, or a file that is no list.
ROW_LINES = 100
ROW_LETTERS = 100_000
# Stands for what can't be decoded, and for what another program couldn't.
UNDECODABLE = "\ufffd"

_END_OF_FILE = "\0\x1a"


class RawRow(NamedTuple):
    """A row's first line, from 1 as a text editor shows it, and its cells; or why it is none (a reason code)."""

    line: int
    cells: list[str] | None
    fault: str | None = None


@contextmanager
def open_text(file: IO[bytes], codec: str) -> Iterator[TextIO]:
    """The file's text from its beginning; the file stays open."""
    file.seek(0)
    text = io.TextIOWrapper(file, codec, "replace", newline="")
    try:
        yield text
    finally:
        text.detach()


def read_lines(text: TextIO) -> Iterator[str]:
    """Each line with its end; what is beyond ROW_LETTERS of a longer one is passed over.

    Neither signatures at the beginning belong to a line, nor what fills the last one up.
    """
    line = text.readline(ROW_LETTERS + 1).lstrip("\ufeff")
    while line:
        yield line.rstrip(_END_OF_FILE) if line[-1] in _END_OF_FILE else line
        while len(line) > ROW_LETTERS and line[-1] not in "\r\n":
            line = text.readline(ROW_LETTERS + 1) or "\n"
        line = text.readline(ROW_LETTERS + 1)


def split_rows(text: Iterable[str], delimiter: str) -> Iterator[RawRow]:
    """Each row, empty ones too. A quotation mark that is never closed costs its own line only."""
    lines = _RowLines(text, delimiter)
    reader = _read_csv(lines, delimiter)
    while True:
        line = lines.begin_row()
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield RawRow(line, None, "too-long" if lines.give_back() > ROW_LETTERS else "quotes")
        else:
            yield RawRow(line, row)


def _read_csv(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)


class _StillOpen(Exception):
    pass


class _RowLines:
    """Lines for a reader of CSV. Raises csv.Error where a row goes on for more than ROW_LINES or ROW_LETTERS.

    That a row goes on means that a quotation mark is open. Whether it will be closed is found out before its lines are
    taken, and for each line once, so that lines with a mark each don't take the time of all lines behind them.
    """

    def __init__(self, text: Iterable[str], delimiter: str) -> None:
        self._text = iter(text)
        self._delimiter = delimiter
        self._ahead: deque[str] = deque()
        self._taken: list[str] = []
        self._letters = 0
        self._number = 1
        self._open_until = 0
        self._end: tuple[int, bool | None] = (0, False)

    def begin_row(self) -> int:
        """A row begins: the number of its first line."""
        self._number += len(self._taken)
        self._taken.clear()
        self._letters = 0
        return self._number

    def give_back(self) -> int:
        """All lines of this row but its first will come again; returns how many letters that one has."""
        self._ahead.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]
        return len(self._taken[0])

    def __iter__(self) -> "_RowLines":
        return self

    def __next__(self) -> str:
        if len(self._taken) == 1 and not self._will_be_closed():
            raise csv.Error
        line = self._ahead.popleft() if self._ahead else next(self._text)
        self._taken.append(line)
        self._letters += len(line)
        if self._letters > ROW_LETTERS:
            raise csv.Error
        return line

    def _will_be_closed(self) -> bool:
        """Whether the row whose first line was taken ends within ROW_LINES."""
        self._open_until = max(self._open_until, self._number)
        while self._open_until < self._number + ROW_LINES - 1:
            closes = self._closes(self._open_until + 1)
            if closes is not None:
                return closes
            self._open_until += 1
        return False

    def _closes(self, number: int) -> bool | None:
        """Whether the row ends with this line if a quotation mark is open before it; None: it stays open."""
        if self._end[0] != number:
            line = self._look_ahead(number - self._number - 1)
            self._end = (number, False if line is None else _ends_row(line, self._delimiter))
        return self._end[1]

    def _look_ahead(self, lines: int) -> str | None:
        while len(self._ahead) <= lines:
            line = next(self._text, None)
            if line is None:
                return None
            self._ahead.append(line)
        return self._ahead[lines]


def _ends_row(line: str, delimiter: str) -> bool | None:
    if '"' not in line:
        return None

    def quoted() -> Iterator[str]:
        yield f'"{line}'
        raise _StillOpen

    try:
        next(_read_csv(quoted(), delimiter))
    except _StillOpen:
        return None
    except csv.Error:
        return False
    return True
