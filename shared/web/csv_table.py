"""Tables for spreadsheets: CSV (RFC 4180) in which no cell acts."""

import csv
import io
from collections.abc import Iterable, Sequence

MEDIA_TYPE = "text/csv; charset=utf-8"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_SEPARATORS = {"de": ";"}


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]], *, language: str) -> bytes:
    """UTF-8 with a byte order mark, separated as the language's spreadsheets want it; no cell acts as a formula."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, delimiter=_SEPARATORS.get(language, ","))
    writer.writerow(header)
    writer.writerows([defuse_cell(cell) for cell in row] for row in rows)
    return sheet.getvalue().encode("utf-8-sig")


def defuse_cell(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
