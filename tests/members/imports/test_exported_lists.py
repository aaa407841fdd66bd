"""Lists as programs export them: whatever wraps them, nothing that a person would call a good row is bad."""

import io

from hypothesis import given, settings

from services.members.imports import csv_reader, layouts, processing
from services.members.imports.mappings import ListMapping
from services.members.imports.rows import RowReader
from tests.members.imports.office_lists import OfficeList, office_lists

SEEN = ("family_name", "given_name", "email", "reference", "cohort", "completed_on", "branch")


@given(office_lists())
@settings(max_examples=60)
def test_a_list_says_what_a_person_sees_in_it_whatever_program_wrote_it(listed: OfficeList) -> None:
    mapping = ListMapping.model_validate(listed.mapping)
    file = io.BytesIO(listed.written.content)

    header = layouts.find_header(file, mapping)
    rows = list(csv_reader.read_rows(file, header, mapping))
    taken = processing.sort_rows(RowReader(mapping, {}, latest_cohort=2026), rows)

    assert header.layout.header_line == listed.header_line
    assert taken.problems == listed.problems
    assert [{name: getattr(command, name) for name in SEEN} for command in taken.commands] == listed.members
