"""Lists as programs export them: whatever wraps them, nothing that a person would call a good row is bad."""

import io

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from services.members.imports import chunks, csv_reader, layouts, processing
from services.members.imports.encodings import CODECS
from services.members.imports.mappings import ListMapping
from services.members.imports.rows import RowReader
from shared.testing.services import Running
from tests.members.imports.exporters import EXPORTERS, Exporter
from tests.members.imports.office_lists import OfficeList, office_lists
from tests.members.uploads import await_import, post_list

SEEN = ("family_name", "given_name", "email", "reference", "cohort", "completed_on", "branch")


@given(office_lists())
@settings(max_examples=60)
def test_a_list_says_what_a_person_sees_in_it_whatever_program_wrote_it(listed: OfficeList) -> None:
    mapping = ListMapping.model_validate(listed.mapping)
    file = io.BytesIO(listed.written.content)

    header = layouts.find_header(file, mapping)
    rows = list(csv_reader.read_rows(file, header, mapping))
    taken = processing.sort_rows(RowReader(mapping, {}, latest_cohort=2026), rows)

    keys = {key for chunk in chunks.encode_chunks(rows, mapping) for key in chunk.email_keys}

    assert header.layout.header_line == listed.header_line
    assert {member["email"] for member in listed.members} <= keys
    assert taken.problems == listed.problems
    assert [{name: getattr(command, name) for name in SEEN} for command in taken.commands] == listed.members


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_a_plain_list_of_each_program_is_read_to_its_last_cell(exporter: Exporter) -> None:
    written = exporter(
        [["Mail", "Name"], ["a@example.org", "Müller, Jürgen"], ["b@example.org", "Weiß, Zoë"]]
    )
    encoding = next((name for name, codec in CODECS.items() if codec == written.encoding), "utf-8")
    columns = {"name": "name", "email": "mail"}
    mapping = ListMapping.model_validate({"organisation": "daad", "encoding": encoding, "columns": columns})
    file = io.BytesIO(written.content)

    rows = list(csv_reader.read_rows(file, layouts.find_header(file, mapping), mapping))
    taken = processing.sort_rows(RowReader(mapping, {}, latest_cohort=2026), rows)

    assert taken.problems == []
    assert [(each.family_name, each.given_name) for each in taken.commands] == [
        ("Müller", "Jürgen"),
        ("Weiß", "Zoë"),
    ]


def draw_lists(number: int) -> list[OfficeList]:
    """Up to so many lists, the same ones each time; nobody stands in two of them."""
    drawn: list[OfficeList] = []
    known: set[str] = set()

    @settings(
        max_examples=number,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(office_lists(least=4, most=8))
    def draw(listed: OfficeList) -> None:
        addresses = {member["email"] for member in listed.members}
        if addresses and not addresses & known:
            drawn.append(listed)
            known.update(addresses)

    draw()
    return drawn


async def test_what_is_joined_is_what_was_written_and_every_row_is_counted(members: Running) -> None:
    lists = draw_lists(24)
    uploaded = [
        (await post_list(members, listed.written.content, listed.write_mapping(), dry_run=dry_run), listed)
        for listed in lists
        for dry_run in (True, False)
    ]

    for answer, listed in uploaded:
        done = await await_import(members, answer.headers["Location"])
        counted = [len(listed.members), 0, 0, len(listed.problems)]
        assert [done[name] for name in ("joined", "affiliated", "unchanged", "bad")] == counted
        assert (done["state"], done["rows"]) == ("done", sum(counted))
        problems = (await members.http.get(f"/imports/{done['import']}/problems")).json()["items"]
        assert [(p["line"], p["reason"], p["column"]) for p in problems] == listed.problems
        assert all(p["detail"] != p["reason"] for p in problems)

    stored = await members.pool.fetch("SELECT * FROM member JOIN affiliation USING (member)")
    assert {row["email"]: {name: row[name] for name in SEEN} for row in stored} == {
        member["email"]: member for listed in lists for member in listed.members
    }
    assert len(lists) > 5
    assert len(stored) > 2 * len(lists)
