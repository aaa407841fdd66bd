"""How a list may be read is guessed from its first rows: each office's own is read as its mapping says."""

import io
from pathlib import Path

import pytest

from deploy.local.data.people import write_lists
from services.members.imports.encodings import find_encoding
from services.members.imports.guesses import guess_list
from services.members.imports.mappings import parse_mapping
from shared.contracts.refusals import Refused
from tests.members.uploads import read_list


def test_five_offices_lists_are_guessed_as_their_mappings_read_them(tmp_path: Path) -> None:
    for listed in write_lists(tmp_path, small=True).lists:
        content, mapping = read_list(tmp_path, listed.file)
        wanted = parse_mapping(mapping)

        found = guess_list(io.BytesIO(content))

        assert {each.field: each.header for each in found.columns if each.field} == wanted.columns
        assert (found.layout.delimiter, found.date_format) == (wanted.delimiter, wanted.date_format)
        assert found.layout.encoding == find_encoding(io.BytesIO(content), wanted.encoding)


@pytest.mark.parametrize(
    ("content", "encoding", "line"),
    [
        ("Alumni 2026\n\nVorname;Name;E-Mail;Ende\nJürgen;Weiß;j@example.org;31.03.2019\n", "cp1252", 3),
        ("sep=;\nVorname;Name;E-Mail;Ende\nJürgen;Weiß;j@example.org;01.02.2019 00:00\n", "utf-8-sig", 2),
        ("Vorname\tName\tE-Mail\tEnde\nJürgen\tWeiß\tj@example.org\t1.2.2019\n", "utf-16", 1),
    ],
)
def test_titles_separators_encodings_and_days_are_found(content: str, encoding: str, line: int) -> None:
    found = guess_list(io.BytesIO(content.encode(encoding)))

    assert [each.field for each in found.columns] == ["given_name", "family_name", "email", "completed_on"]
    assert [each.example for each in found.columns][:2] == ["Jürgen", "Weiß"]
    assert (found.layout.header_line, found.date_format) == (line, "%d.%m.%Y")


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "list-empty"), (b"PK\x03\x04" + b"x" * 99, "list-is-workbook")]
)
def test_what_is_no_list_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        guess_list(io.BytesIO(content))

    assert refused.value.code == code
