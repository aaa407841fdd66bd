"""One rule for all ways in: what a list may not say of a member, no request may, and the other way round."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.members.imports.cells import clean_text
from services.members.imports.mappings import ListMapping
from services.members.imports.reasons import REASONS
from services.members.imports.rows import BadRow, RowReader
from services.members.members.joining import JoinMember
from shared.naming import REASONS as MEANINGLESS
from shared.testing.services import Running

FIELDS = ("reference", "given_name", "family_name", "branch", "email")
WHOLE = {"given_name": "Kim", "family_name": "Beispiel", "email": "kim@example.org", "organisation": "daad"}
DAMAGED = (
    "=1+1",
    "+cmd",
    "@SUM",
    "-1",
    "＝1",
    "#REF!",
    "#####",
    "1,2E+05",
    "03. Jan",
    "Jan 03",
    "12",
    ".",
    "Kim",
    "A/7",
)
TEXTS = st.sampled_from(DAMAGED) | st.text("=+-@＝a é1.,#!?E/年٣—\u200b", max_size=8)
MAPPING = ListMapping.model_validate({"organisation": "daad", "columns": {name: name for name in FIELDS}})


def read_list(said: dict[str, str]) -> tuple[Any, str]:
    """What a list makes of it, and otherwise the reason in words."""
    reader = RowReader(MAPPING, {}, latest_cohort=2026)
    try:
        command = reader.read_row([said.get(field, "") for field in reader.fields])
    except BadRow as bad:
        return None, REASONS[bad.reason]
    return tuple(getattr(command, field) or "" for field in FIELDS), ""


def read_request(said: dict[str, str]) -> tuple[Any, str]:
    """The same of a request."""
    try:
        command = JoinMember.model_validate(said | {"organisation": "daad"})
    except ValidationError as error:
        return None, error.errors()[0]["msg"].removeprefix("Value error, ")
    return tuple(clean_text(getattr(command, field) or "") for field in FIELDS), ""


@given(st.sampled_from(["reference", "given_name", "family_name", "branch"]), TEXTS)
@example("given_name", "=1+1")
def test_a_list_and_a_request_decide_alike(field: str, text: str) -> None:
    said = {name: value for name, value in (WHOLE | {field: text}).items() if name in FIELDS}
    if not clean_text(text):
        said.pop(field)

    (listed, reason), (asked, why) = read_list(said), read_request(said)

    assert listed == asked
    assert reason == why or why not in MEANINGLESS.values()


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"family_name": "=1+1"}, 422, "begins as a formula"),
    ({"given_name": "12"}, 422, "at least one letter"),
    ({"reference": "1,2E+05"}, 422, "A spreadsheet has made"),
    ({"branch": "#REF!"}, 422, "an error that a spreadsheet shows"),
    ({"email": "=kim@example.org"}, 422, "begins as a formula"),
    ({"language": "xx"}, 422, "shared vocabulary"),
    ({"origin": "XX"}, 422, "shared vocabulary"),
    ({"themes": ["nothing"]}, 422, "shared vocabulary"),
    ({"regions": ["nowhere"]}, 422, "shared vocabulary"),
    ({"cohort": 2099}, 409, "to this one"),
    ({"completed_on": "2068-03-31"}, 409, "ten years from now"),
]


async def test_a_request_that_means_nothing_is_refused_in_words(members: Running) -> None:
    for change, status, words in REFUSED:
        answer = await members.http.post("/members", json=WHOLE | change)

        assert (answer.status_code, words in answer.text) == (status, True), answer.text


async def test_a_grant_may_run_until_a_day_to_come(members: Running) -> None:
    until = f"{datetime.now(UTC).year + 4}-03-31"

    assert (await members.http.post("/members", json=WHOLE | {"completed_on": until})).status_code == 201
    columns = {"name": "n", "email": "e", "completed_on": "Funded until"}
    mapping = ListMapping.model_validate({"organisation": "daad", "columns": columns})
    row = {"name": "Family, Given", "email": "a@example.org", "completed_on": until}
    reader = RowReader(mapping, {}, latest_cohort=datetime.now(UTC).year)
    assert str(reader.read_row([row[field] for field in reader.fields]).completed_on) == until


async def test_an_organisation_and_a_programme_have_names(members: Running) -> None:
    described = {"kind": "foundation", "country": "DE"}
    for name in ("=1+1", "42", "#NAME?"):
        organisation = await members.http.put("/organisations/daad", json=described | {"name": name})
        programme = await members.http.put("/organisations/daad/programmes/p", json={"name": name})

        assert (organisation.status_code, programme.status_code) == (422, 422)


@pytest.mark.parametrize(
    ("written", "latest", "year"),
    [
        ("31.03.68", 2026, 1968),
        ("31.03.99", 2026, 1999),
        ("31.03.24", 2026, 2024),
        ("29.02.00", 2026, 2000),
        ("31.03.30", 2026, 2030),
    ],
)
def test_two_digits_are_of_the_century_in_which_a_programme_can_end(
    written: str, latest: int, year: int
) -> None:
    assert read_day(written, latest).completed_on.year == year


@pytest.mark.parametrize(
    ("written", "latest", "reason"),
    [("31.03.40", 2026, "date-invalid"), ("31.03.50", 2055, "date-ambiguous")],
)
def test_two_digits_that_say_no_century_or_two_are_bad(written: str, latest: int, reason: str) -> None:
    with pytest.raises(BadRow, match=reason):
        read_day(written, latest)


def read_day(written: str, latest: int) -> Any:
    """The command of a row that was completed on this day."""
    mapping = {"organisation": "daad", "date_format": "%d.%m.%y"}
    columns = {"name": "n", "email": "e", "completed_on": "d"}
    reader = RowReader(ListMapping.model_validate(mapping | {"columns": columns}), {}, latest_cohort=latest)
    row = {"name": "Family, Given", "email": "a@example.org", "completed_on": written}
    return reader.read_row([row[field] for field in reader.fields])
