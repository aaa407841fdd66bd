"""Uploads: which lists and mappings are taken, how a list was understood, and why another is refused."""

import pytest

from services.members.imports import uploads
from shared.runtime.service import Service
from shared.testing.services import Running, running_service
from tests.members.uploads import HEADER, MAPPING, await_import, describe_organisations, make_list, post_list


@pytest.mark.parametrize(
    ("mapping", "status", "code"),
    [
        (b"organisation = ", 409, "mapping-invalid"),
        (b"\xff\xfe", 409, "mapping-invalid"),
        (b"a = " + b"[" * 5000, 409, "mapping-invalid"),
        (b"a." * 30_000 + b"a = 1", 409, "mapping-invalid"),
        (b'organisation = "daad"\n[columns]\nemail = "mail"', 409, "mapping-invalid"),
        (MAPPING.replace(b"[columns]", b'date_format = "%d %d"\n[columns]'), 409, "mapping-invalid"),
        (MAPPING.replace(b'"daad"', b'"nobody"'), 403, "not-your-organisation"),
        (MAPPING.replace(b"[columns]", b'programme = "none"\n[columns]'), 409, "programme-unknown"),
        (MAPPING.replace(b'"mail"', b'"E-Mail"'), 409, "column-unknown"),
    ],
)
async def test_a_mapping_that_cannot_be_used_is_refused_and_nothing_is_stored(
    members: Running, mapping: bytes, status: int, code: str
) -> None:
    answer = await post_list(members, make_list(1), mapping)

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{code}")
    assert await members.pool.fetchval("SELECT count(*) FROM import") == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "list-empty"),
        (b"\n \r\n\xc2\xa0\r", "list-empty"),
        (b"\x00\x01\x02", "column-unknown"),
        (b"PK\x03\x04\x14\x00\x06\x00", "list-is-workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "list-is-workbook"),
        (HEADER.encode("cp1252") + "1,Jürgen,Müller,j@example.org\n".encode("cp1252"), "encoding"),
        ("id,first,last,mail,MAIL\n".encode("utf-16"), "column-unknown"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_and_nothing_is_stored(
    members: Running, content: bytes, code: str
) -> None:
    answer = await post_list(members, content, MAPPING)

    assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{code}")
    assert await members.pool.fetchval("SELECT count(*) FROM import") == 0


async def test_an_import_says_how_the_list_was_understood(members: Running) -> None:
    content = f"Alumni;;\r\n\r\n{HEADER.replace(',', ';')};;;;\r\n1;Ann;A;a@example.org\r\n".encode("utf-16")

    answer = await post_list(members, content, MAPPING)

    layout = {"encoding": "utf-16-le", "delimiter": ";", "header_line": 3}
    assert (answer.json()["layout"], answer.json()["rows"]) == (layout, 1)
    assert (await await_import(members, answer.headers["Location"]))["layout"] == layout


async def test_a_list_that_is_too_large_is_refused_with_413(members: Running) -> None:
    assert (await post_list(members, b"x" * 50_000_001, MAPPING)).status_code == 413
    too_many = HEADER.encode() + b"1,A,B,a@example.org\n" * 200_001
    assert (await post_list(members, too_many, MAPPING)).status_code == 413
    assert await members.pool.fetchval("SELECT count(*) FROM import_chunk") == 0


async def test_a_list_that_takes_too_long_is_refused_with_the_reason_and_nothing_is_stored(
    members: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_SECONDS", 0.0)

    answer = await post_list(members, make_list(5_000), MAPPING)

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/list-took-too-long")
    assert "database" not in answer.json()["detail"]
    assert await members.pool.fetchval("SELECT count(*) FROM import") == 0


@pytest.mark.parametrize(("columns", "answer"), [(200, (202, None)), (201, (409, "/problems/list-too-wide"))])
async def test_a_list_may_have_200_columns_and_no_more(
    members: Running, columns: int, answer: tuple[int, str | None]
) -> None:
    names = ["id", "first", "last", "mail", *(f"note {n}" for n in range(4, columns))]
    row = ["1", "Ann", "A", "ann@example.org", *([""] * (columns - 4))]

    given = await post_list(members, f"{','.join(names)}\n{','.join(row)}\n".encode(), MAPPING)

    assert (given.status_code, given.json().get("type")) == answer


async def test_a_list_of_200_000_rows_is_taken(service: Service) -> None:
    async with running_service(service) as members:
        await describe_organisations(members)
        given = await post_list(members, HEADER.encode() + b"1,A,B,a@example.org\n" * 200_000, MAPPING)

        taken = (await members.http.get(given.headers["Location"])).json()
    assert (given.status_code, taken["rows"], taken["done"]) == (202, 200_000, 0)
