"""Rules of members, whatever comes: one address has one key, and a list loses no row."""

import csv
import io
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.imports import csv_reader, imports, processing
from services.members.imports.mappings import ListMapping
from services.members.imports.rows import BadRow, Office
from services.members.members import rules
from services.members.members.joining import Join

ADDRESSES = st.emails()
COLUMNS = ("reference", "given_name", "family_name", "email", "cohort", "completed_on", "origin", "themes")
CELLS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", " ", "=1+1", "\t", "-5", "Müller", "a@example.org", "1999", "2001-02-03", "DE", "Polen"]
    ),
    st.sampled_from(['"', '""', "\0", "a\nb", "\r", "x" * 300, "culture|migration", ",", ";", "\x85"]),
)
RAW = st.lists(
    st.sampled_from(['"', ",", "\n", "\r\n", "\r", "a", "é", "\0", "a@b.cd", "\udcff"]), max_size=60
)


def mapping(encoding: str = "utf-8", delimiter: str = ",") -> ListMapping:
    return ListMapping.model_validate(
        {
            "organisation": "daad",
            "encoding": encoding,
            "delimiter": delimiter,
            "columns": {name: name for name in COLUMNS},
        }
    )


@given(ADDRESSES)
def test_the_key_of_a_key_is_the_key_itself(address: str) -> None:
    try:
        key = rules.email_key(address)
    except ValueError:
        return
    assert rules.email_key(key) == key


@given(st.from_regex(r"[a-z]{1,9}(\.[a-z]{1,9})?@[a-z]{1,9}\.(org|net)", fullmatch=True), st.integers(1, 9))
def test_however_an_address_is_typed_its_key_is_the_same(address: str, number: int) -> None:
    local, domain = address.split("@")
    typed = (f" {address.upper()} ", f"{local}+list{number}@{domain.capitalize()}", address.title())
    assert {rules.email_key(way) for way in typed} == {address}


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "@",
        "a@b",
        "a b@example.org",
        "a@@example.org",
        "a@b@example.org",
        "+x@example.org",
        "a@.org",
        "a@example..org",
        "a@-example.org",
        "a,b@example.org",
        "a@exa mple.org",
        "a@\uff0eexample.org",
        "a\0@b.cd",
        "\u202ea@example.org",
        "a\u200b@example.org",
        "a\u00ad@example.org",
    ],
)
def test_what_is_no_address_has_no_key(wrong: str) -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        rules.email_key(wrong)


def test_the_domain_of_a_key_is_written_in_ascii() -> None:
    assert rules.email_key("Jörg@Bücher.example.org") == "jörg@xn--bcher-kva.example.org"


@given(
    rows=st.lists(st.lists(CELLS, min_size=7, max_size=9), max_size=12),
    encoding=st.sampled_from(["utf-8", "windows-1252"]),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
)
def test_each_row_of_a_list_is_taken_or_told_why_not(
    rows: list[list[str]], encoding: str, delimiter: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([COLUMNS, *rows])
    content = text.getvalue().encode(encoding, "replace")

    how = mapping(encoding, delimiter)
    found = list(csv_reader.records(io.BytesIO(content), how))
    taken = processing.sort(Office(how, {}, latest_cohort=2026), imports.unpacked(imports.packed(found)))

    assert len(taken.commands) + len(taken.problems) == len(rows)
    for command in taken.commands:
        assert Join.model_validate(command.model_dump()) == command


@given(RAW)
def test_no_line_of_a_broken_file_is_passed_over(parts: list[str]) -> None:
    header = ",".join(COLUMNS) + "\n"
    body = "".join(parts)
    content = (header + body).encode("utf-8", "surrogateescape")

    found = list(csv_reader.records(io.BytesIO(content), mapping()))

    lines = [line for line in io.StringIO(body, newline="") if line.strip("\r\n")]
    starts = [record.line for record in found]
    assert starts == sorted(set(starts))
    assert bool(found) == bool(lines)


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_days_are_read_as_offices_write_them(day: date) -> None:
    how = ListMapping.model_validate(
        {
            "organisation": "daad",
            "date_format": "%d.%m.%Y",
            "columns": {"name": "n", "email": "e", "completed_on": "d"},
        }
    )
    row = {"name": "Family, Given", "email": "a@example.org", "completed_on": f"{day:%d.%m.%Y}"}
    command = Office(how, {}, latest_cohort=2026).read([row[field] for field in how.fields])
    assert (command.completed_on, command.family_name) == (day, "Family")


@pytest.mark.parametrize("day", ["31.03.0019", "31.03.3019", "31.03.1899", "29.02.2019"])
def test_a_day_that_nobody_can_mean_is_told(day: str) -> None:
    how = ListMapping.model_validate(
        {
            "organisation": "daad",
            "date_format": "%d.%m.%Y",
            "columns": {"name": "n", "email": "e", "completed_on": "d"},
        }
    )
    row = {"name": "Family, Given", "email": "a@example.org", "completed_on": day}
    with pytest.raises(BadRow, match="date-invalid"):
        Office(how, {}, latest_cohort=2026).read([row[field] for field in how.fields])


@pytest.mark.parametrize("sign", ["\x00", "\x85", "\u2028", "\u202e", "\u2066"])
def test_a_name_that_turns_the_reading_direction_or_ends_the_line_is_told(sign: str) -> None:
    how = ListMapping.model_validate({"organisation": "daad", "columns": {"name": "n", "email": "e"}})
    row = {"name": f"Family{sign}x, Given", "email": "a@example.org"}
    with pytest.raises(BadRow, match="control-character"):
        Office(how, {}, latest_cohort=2026).read([row[field] for field in how.fields])


@given(st.uuids(), st.text(), st.text())
def test_two_audiences_know_a_member_by_different_ids(member: UUID, one: str, other: str) -> None:
    ids = [rules.audience_id(rules.audience_secret(b"s", each), member) for each in (one, other)]
    assert (ids[0] == ids[1]) == (one == other)
