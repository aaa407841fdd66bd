"""Tables: what is written is what a spreadsheet reads, and no cell acts, wherever it separates the cells."""

import csv
import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.csv_table import defuse_cell, write_csv

ACTING = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.text(
    st.sampled_from([*ACTING, *",;\"'\n a1"]), max_size=12
)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=4)
SPOKEN = st.sampled_from([("en", ","), ("de", ";")])


def read_csv(content: bytes, delimiter: str) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def read_written(cell: str) -> str:
    """The cell that was written, as the documentation of the table lets it be read: without the apostrophes."""
    return re.sub(r"""((?:^\s*|[,;])["']*)'(?=[=+\-@＝＋－＠])""", r"\1", cell)


@given(ROWS, SPOKEN)
def test_a_spreadsheet_reads_the_cells_as_they_were_written(
    rows: list[tuple[str, ...]], spoken: tuple[str, str]
) -> None:
    language, delimiter = spoken
    content = write_csv(["sort", "origin"], rows, language=language)

    assert content.startswith(b"\xef\xbb\xbf")
    heads, *cells = read_csv(content, delimiter)
    assert heads == ["sort", "origin"]
    assert [[read_written(cell) for cell in row] for row in cells] == [
        [re.sub("[\0-\x1f\x7f\x85\u2028\u2029]+", " ", cell) for cell in row] for row in rows
    ]


@given(ROWS, SPOKEN, st.sampled_from([",", ";", "\t", ",;\t"]))
def test_no_cell_acts_wherever_a_spreadsheet_separates_them(
    rows: list[tuple[str, ...]], spoken: tuple[str, str], separators: str
) -> None:
    text = write_csv(["sort", "origin"], rows, language=spoken[0]).decode("utf-8-sig")
    for separator in separators[1:]:
        text = text.replace(separator, separators[0])

    for row in csv.reader(io.StringIO(text, newline=""), delimiter=separators[0]):
        for cell in row:
            # Where quotation marks are read otherwise, a cell may go on from a line's end into the next line.
            assert not cell.removeprefix("\r\n").startswith(ACTING)
    for line in text.splitlines():
        for part in line.split(separators[0]):
            assert not part.strip('"').startswith(ACTING)


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_no_cell_begins_as_a_formula_does(start: str) -> None:
    assert defuse_cell(f"{start}1") == f"'{start}1"
    assert defuse_cell(f" {start}1") == f" '{start}1"
    assert defuse_cell(f"Plenum;{start}1") == f"Plenum;'{start}1"
    assert defuse_cell(f'Plenum,"{start}1"') == f'Plenum,"\'{start}1"'


@given(
    st.text(st.characters(categories=["L", "N", "Zs"])),
    st.sampled_from([", - ", "; + ", " – ", "-", "@", "("]),
)
def test_what_people_write_stays_as_it_is(words: str, between: str) -> None:
    text = unicodedata.normalize("NFC", f"Plenum {words}{between}{words}")

    assert defuse_cell(text) == text
