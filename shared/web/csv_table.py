"""Tables for spreadsheets: CSV (RFC 4180) in which no cell acts."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from shared.naming import FORMULA_SIGNS

MEDIA_TYPE = "text/csv; charset=utf-8"
_SEPARATORS = {"de": ";"}
_CONTROLS = re.compile("[\0-\x1f\x7f\x85\u2028\u2029]+")
_FORMULA = re.compile(rf"""((?:^\s*|[,;])["']*)([{re.escape(FORMULA_SIGNS)}])""")


def write_csv(header: Sequence[str], rows: Iterable[Sequence[str]], *, language: str) -> bytes:
    """UTF-8 with a byte order mark, separated as the language's spreadsheets want it; no cell acts as a formula,
    even if a spreadsheet of another language separates the cells elsewhere."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, delimiter=_SEPARATORS.get(language, ","), quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows([defuse_cell(cell) for cell in row] for row in rows)
    return sheet.getvalue().encode("utf-8-sig")


def defuse_cell(cell: str) -> str:
    """The cell in one line, with an apostrophe before what a spreadsheet would take for a formula: at its beginning,
    and behind what separates cells elsewhere."""
    return _FORMULA.sub(r"\1'\2", _CONTROLS.sub(" ", cell))
