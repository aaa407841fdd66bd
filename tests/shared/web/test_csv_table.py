"""Tables: what is written is what a spreadsheet reads, and no cell acts."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.csv_table import defuse_cell, write_csv

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def read_csv(content: bytes, delimiter: str) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


@given(st.lists(st.tuples(CELLS, CELLS), max_size=5), st.sampled_from([("en", ","), ("de", ";")]))
def test_a_spreadsheet_reads_the_cells_as_they_were_written(
    rows: list[tuple[str, str]], spoken: tuple[str, str]
) -> None:
    language, delimiter = spoken
    content = write_csv(["sort", "origin"], rows, language=language)

    assert content.startswith(b"\xef\xbb\xbf")
    assert read_csv(content, delimiter) == [
        ["sort", "origin"],
        *([defuse_cell(cell) for cell in row] for row in rows),
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_begins_as_a_formula_does(start: str) -> None:
    assert defuse_cell(f"{start}1") == f"'{start}1"
    assert defuse_cell(f"1{start}") == f"1{start}"
