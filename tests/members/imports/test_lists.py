"""Lists, whatever is in them: each row is read or bad for a reason, and none is lost."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.imports import chunks, csv_reader, processing
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


@given(
    rows=st.lists(st.lists(CELLS, min_size=7, max_size=9), max_size=12),
    encoding=st.sampled_from(["utf-8", "windows-1252"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
)
def test_each_row_of_a_list_is_read_or_bad_for_a_reason(
    rows: list[list[str]], encoding: str, delimiter: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([COLUMNS, *rows])
    content = text.getvalue().encode(encoding, "replace")

    mapping = make_mapping(encoding, delimiter)
    found = list(csv_reader.read_rows(io.BytesIO(content), mapping))
    taken = processing.sort_rows(
        RowReader(mapping, {}, latest_cohort=2026), chunks.decode_rows(chunks.encode_rows(found))
    )

    assert len(taken.commands) + len(taken.problems) == len(rows)
    for command in taken.commands:
        assert JoinMember.model_validate(command.model_dump()) == command


@given(RAW)
def test_no_line_of_a_broken_file_is_passed_over(parts: list[str]) -> None:
    header = ",".join(COLUMNS) + "\n"
    body = "".join(parts)
    content = (header + body).encode("utf-8", "surrogateescape")

    found = list(csv_reader.read_rows(io.BytesIO(content), make_mapping()))

    lines = [line for line in io.StringIO(body, newline="") if line.strip("\r\n")]
    starts = [record.line for record in found]
    assert starts == sorted(set(starts))
    assert bool(found) == bool(lines)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
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


@pytest.mark.parametrize("day", ["31.03.0019", "31.03.3019", "31.03.1899", "29.02.2019"])
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
    text = "\u200bNa\u0308me\u00a0,Mail\nFamily,a@example.org\n"

    [row] = csv_reader.read_rows(io.BytesIO(text.encode()), mapping)

    assert row.cells == ["a@example.org", "Family"]


@pytest.mark.parametrize("sign", ["\x00", "\x85", "\u2028", "\u202e", "\u2066"])
def test_a_name_that_turns_the_reading_direction_or_ends_the_line_is_bad(sign: str) -> None:
    mapping = ListMapping.model_validate({"organisation": "daad", "columns": {"name": "n", "email": "e"}})
    row = {"name": f"Family{sign}x, Given", "email": "a@example.org"}
    with pytest.raises(BadRow, match="control-character"):
        RowReader(mapping, {}, latest_cohort=2026).read_row([row[field] for field in mapping.fields])
