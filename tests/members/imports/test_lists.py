"""Lists, whatever is in them: each row is read or bad for a reason, and none is lost."""

import csv
import io
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.imports import chunks, csv_reader, layouts, processing, raw_rows
from services.members.imports.cells import is_blank
from services.members.imports.csv_reader import ListRow
from services.members.imports.mappings import ListMapping
from services.members.imports.rows import BadRow, RowReader
from services.members.members.joining import JoinMember

COLUMNS = ("reference", "given_name", "family_name", "email", "cohort", "completed_on", "origin", "themes")
CELLS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            " ",
            "=1+1",
            "\t",
            "-5",
            "Mu\u0308ller",
            "a@example.org",
            "1999",
            "2001-02-03",
            "DE",
            "\u200b\xad",
        ]
    ),
    st.sampled_from(['"', '""', "\0", "a\nb", "\r", "x" * 300, "culture|migration", ",", ";", "\x85"]),
)
RAW = st.lists(
    st.sampled_from(['"', ",", "\n", "\r\n", "\r", "a", "é", "\0", "a@b.cd", "\udcff"]), max_size=60
)


def make_mapping(encoding: str = "utf-8", delimiter: str = ",") -> ListMapping:
    return ListMapping.model_validate(
        {
            "organisation": "daad",
            "encoding": encoding,
            "delimiter": delimiter,
            "columns": {name: name for name in COLUMNS},
        }
    )


def read_rows(header: str, body: bytes, mapping: ListMapping) -> list[ListRow]:
    """The rows of a list whose encoding and separator are as its mapping says."""
    found = layouts.find_header(io.BytesIO(header.encode()), mapping)
    return list(csv_reader.read_rows(io.BytesIO(header.encode() + body), found, mapping))


@given(
    rows=st.lists(st.lists(CELLS, min_size=7, max_size=9), max_size=12),
    encoding=st.sampled_from(["utf-8", "windows-1252"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
)
def test_each_row_of_a_list_is_read_or_bad_for_a_reason(
    rows: list[list[str]], encoding: str, delimiter: str
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    mapping = make_mapping(encoding, delimiter)

    found = read_rows(f"{delimiter.join(COLUMNS)}\n", text.getvalue().encode(encoding, "replace"), mapping)
    taken = processing.sort_rows(
        RowReader(mapping, {}, latest_cohort=2026), chunks.decode_rows(chunks.encode_rows(found))
    )

    written = [[cell.encode(encoding, "replace").decode(encoding) for cell in row] for row in rows]
    assert len(taken.commands) + len(taken.problems) == sum(not is_blank(row) for row in written)
    for command in taken.commands:
        assert JoinMember.model_validate(command.model_dump()) == command


@given(RAW)
def test_no_line_of_a_broken_file_is_passed_over(parts: list[str]) -> None:
    body = "".join(parts)
    content = body.encode("utf-8", "surrogateescape")

    found = read_rows(",".join(COLUMNS) + "\n", content, make_mapping())

    lines = enumerate(io.StringIO(body, newline=""), start=2)
    seen = [number for number, line in lines if not is_blank(re.split('[,"]', line))]
    starts = [row.line for row in found]
    assert starts == sorted(set(starts))
    assert not seen or starts[0] <= seen[0]
    assert not starts or starts[-1] <= 1 + len(body)


@given(st.lists(st.sampled_from(['"', '""', "a", ",", 'a"b', '","', "\n", "\n", "\n"]), max_size=80))
def test_an_open_quotation_mark_costs_what_no_row_can_be_made_of(parts: list[str]) -> None:
    text = "".join(parts)
    lines = io.StringIO(text, newline="").readlines()

    rows = list(raw_rows.split_rows(lines, ","))

    starts = [row.line for row in rows] + [len(lines) + 1]
    assert starts[0] == 1
    for row, end in zip(rows, starts[1:], strict=True):
        if row.cells is None:
            assert end == row.line + 1
            assert not any(read_csv(lines[row.line - 1 : last]) for last in range(row.line, len(lines) + 1))
        else:
            assert read_csv(lines[row.line - 1 : end - 1]) == [row.cells]


def test_a_row_has_100_lines_and_no_more() -> None:
    whole, more = ('"a' + "\n" * breaks + '",b\n' for breaks in (99, 100))

    rows = list(raw_rows.split_rows(io.StringIO(f"{whole}{more}c,d\n"), ","))

    assert rows[0].cells == ["a" + "\n" * 99, "b"]
    assert (rows[1].line, rows[1].fault) == (101, "quotes")
    assert rows[-1].cells == ["c", "d"]
    assert sum(row.fault is not None for row in rows) == 2


def read_csv(lines: list[str]) -> list[list[str]] | None:
    try:
        return list(csv.reader(lines, strict=True, skipinitialspace=True))
    except csv.Error:
        return None


@given(st.dates(date(1900, 1, 1), date(2036, 12, 31)))
def test_days_are_read_as_offices_write_them(day: date) -> None:
    mapping = ListMapping.model_validate(
        {
            "organisation": "daad",
            "date_format": "%d.%m.%Y",
            "columns": {"name": "n", "email": "e", "completed_on": "d"},
        }
    )
    row = {"name": "Family, Given", "email": "a@example.org", "completed_on": f"{day:%d.%m.%Y}"}
    command = RowReader(mapping, {}, latest_cohort=2026).read_row([row[field] for field in mapping.fields])
    assert (command.completed_on, command.family_name) == (day, "Family")


@pytest.mark.parametrize("day", ["31.03.0019", "31.03.3019", "31.03.1899", "29.02.2019", "01.01.2037"])
def test_a_day_that_nobody_can_mean_is_bad(day: str) -> None:
    mapping = ListMapping.model_validate(
        {
            "organisation": "daad",
            "date_format": "%d.%m.%Y",
            "columns": {"name": "n", "email": "e", "completed_on": "d"},
        }
    )
    row = {"name": "Family, Given", "email": "a@example.org", "completed_on": day}
    with pytest.raises(BadRow, match="date-invalid"):
        RowReader(mapping, {}, latest_cohort=2026).read_row([row[field] for field in mapping.fields])


@pytest.mark.parametrize("name", ["\u200b, \u2060", "\u3164", "\xad,\u2800", "\ufeff, \U000e0061"])
def test_a_name_of_which_nobody_sees_anything_is_missing(name: str) -> None:
    mapping = ListMapping.model_validate({"organisation": "daad", "columns": {"name": "n", "email": "e"}})
    row = {"name": name, "email": "a@example.org"}
    with pytest.raises(BadRow, match="name-missing"):
        RowReader(mapping, {}, latest_cohort=2026).read_row([row[field] for field in mapping.fields])


def test_a_column_is_found_however_its_header_is_composed() -> None:
    mapping = ListMapping.model_validate(
        {"organisation": "daad", "columns": {"name": "Näme", "email": "Mail"}}
    )
    body = b"Family,a@example.org\n"

    [row] = read_rows("\u200bNa\u0308me\u00a0,Mail\n", body, mapping)

    assert row.cells == ["a@example.org", "Family"]


@pytest.mark.parametrize("sign", ["\x00", "\x85", "\x1b", "\u202e", "\u2066"])
def test_a_name_that_turns_the_reading_direction_or_has_controls_is_bad(sign: str) -> None:
    mapping = ListMapping.model_validate({"organisation": "daad", "columns": {"name": "n", "email": "e"}})
    row = {"name": f"Family{sign}x, Given", "email": "a@example.org"}
    with pytest.raises(BadRow, match="control-character"):
        RowReader(mapping, {}, latest_cohort=2026).read_row([row[field] for field in mapping.fields])
