"""Reads the rows of an office's list: where each begins, and its mapped cells or why it has none."""

from collections.abc import Generator, Sequence
from typing import IO, NamedTuple

from services.members.imports.cells import is_blank
from services.members.imports.encodings import CODECS
from services.members.imports.layouts import FoundHeader
from services.members.imports.mappings import ListMapping
from services.members.imports.raw_rows import UNDECODABLE, open_text, read_lines, split_rows
from shared.contracts.refusals import TooLarge

CELL_LETTERS = 8_000
# A sheet of Excel has half as many rows; where its formats were cleared, all of them are written.
LIST_LINES = 2_000_000


REPEATS_AFFILIATION, REPEATS_PERSON = "repeats-affiliation", "repeats-person"


class ListRow(NamedTuple):
    """One row of a list. `line` counts from 1, where a text editor shows the row's first line.

    `cells` are those of the mapping's columns, in the order of its fields; None if the row has a `fault` (a reason
    code), in the column `header` if it is a single one's. The fault of a row with cells is that another one said before
    what it says: of its affiliation, or of its person alone.
    """

    line: int
    cells: list[str] | None
    fault: str | None = None
    header: str | None = None


def read_rows(file: IO[bytes], header: FoundHeader, mapping: ListMapping) -> Generator[ListRow, None, None]:
    """The rows below the header, each once, whatever is wrong with others. Rows without anything to see are none.

    Raises `TooLarge` for more than LIST_LINES lines, empty ones too.
    """
    encoding, delimiter, header_line = (
        header.layout.encoding,
        header.layout.delimiter,
        header.layout.header_line,
    )
    with open_text(file, CODECS.get(encoding, encoding)) as text:
        for line, row, fault in split_rows(read_lines(text), delimiter):
            if line > LIST_LINES:
                raise TooLarge("list-too-long", f"The list has more than {LIST_LINES} lines.")
            if line <= header_line:
                continue
            if row is None:
                yield ListRow(line, None, fault)
            elif any(row) and not is_blank(row):
                yield _build_row(line, row, header, mapping)


def _build_row(line: int, row: Sequence[str], header: FoundHeader, mapping: ListMapping) -> ListRow:
    """Cells that a row lacks at its end are empty, and empty ones that it has too many are none."""
    if len(row) > header.width and not is_blank(row[header.width :]):
        return ListRow(line, None, "columns")
    cells = []
    for field, position in zip(mapping.fields, header.positions, strict=True):
        cell = row[position] if position < len(row) else ""
        fault = "encoding" if UNDECODABLE in cell else "too-long" if len(cell) > CELL_LETTERS else None
        if fault:
            return ListRow(line, None, fault, mapping.columns[field])
        cells.append(cell)
    return ListRow(line, cells)
