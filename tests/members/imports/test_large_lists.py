"""Large lists and hostile ones: they take their time, and neither the loop's nor the others'."""

import time
from typing import Any

import pytest

from services.members.imports import chunks, work
from services.members.members.audience_ids import AudienceIds
from shared.runtime.service import Service
from shared.testing.services import Running, running_service
from tests.members.crowds import watched_loop
from tests.members.uploads import await_import, describe_organisations, post_list

BLOCKED_SECONDS = 0.5
MAPPING = b"""
organisation = "daad"
[columns]
name = "name"
email = "mail"
programme = "programme"
themes = "themes"
"""
HEADER = "name,mail,programme,themes\n"
IDS = AudienceIds(b"s" * 32)


def make_rows(number: int, programme: str = "", themes: str = "") -> str:
    return "".join(f'"Family, Given{n}",p{n}@example.org,{programme},{themes}\n' for n in range(number))


async def upload(members: Running, rows: str, *, dry_run: bool = False) -> Any:
    answer = await post_list(members, (HEADER + rows).encode(), MAPPING, dry_run=dry_run)
    assert answer.status_code == 202, answer.text
    return answer.headers["Location"]


async def name_programmes(members: Running, *programmes: str) -> None:
    await describe_organisations(members)
    for programme in programmes:
        path = f"/organisations/daad/programmes/{programme}"
        (await members.http.put(path, json={"name": programme})).raise_for_status()


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(make_rows(3_000), id="many rows"),
        pytest.param(make_rows(300, themes="x" * 20_000), id="large cells"),
        pytest.param(make_rows(300, themes="|" * 7_000), id="cells of many terms"),
        pytest.param('a",""",\n' * 5_000, id="quotation marks that are never closed"),
        pytest.param("a," * 2_000_000, id="one line without end"),
    ],
)
async def test_no_list_blocks_the_service(service: Service, rows: str) -> None:
    async with running_service(service, only=("api", "work")) as members:
        await describe_organisations(members)
        async with watched_loop() as loop:
            planned = await await_import(members, await upload(members, rows, dry_run=True))
            done = await await_import(members, await upload(members, rows))

        assert loop.longest < BLOCKED_SECONDS
        assert (planned["state"], done["state"]) == ("done", "done")
        assert done["rows"] == done["joined"] + done["bad"] == planned["joined"] + planned["bad"] > 0


async def test_a_dry_run_is_a_transaction_for_each_chunk_and_counts_as_the_import_does(
    service: Service,
) -> None:
    async with running_service(service) as members:
        await name_programmes(members, "one", "two")
        await await_all(members, await upload(members, make_rows(100, "one")))
        rows = make_rows(chunks.CHUNK_ROWS, "one") + make_rows(chunks.CHUNK_ROWS, "two") + make_rows(200)
        location = await upload(members, rows, dry_run=True)

        await work.import_rows(members.pool, audience_ids=IDS)
        half = (await members.http.get(location)).json()
        planned = await await_all(members, location)
        done = await await_all(members, await upload(members, rows))

        counted = ("rows", "joined", "affiliated", "unchanged", "bad")
        assert (half["state"], half["done"], half["unchanged"]) == ("running", chunks.CHUNK_ROWS, 100)
        assert [planned[name] for name in counted] == [done[name] for name in counted]
        assert (done["joined"], done["affiliated"], done["unchanged"]) == (400, 700, 100)
        assert await members.pool.fetchval("SELECT count(*) FROM planned_statement") == 0


async def await_all(members: Running, location: str) -> Any:
    while await work.import_rows(members.pool, audience_ids=IDS):
        pass
    return (await members.http.get(location)).json()


async def test_who_is_erased_during_a_dry_run_is_in_no_plan_of_it(service: Service) -> None:
    async with running_service(service) as members:
        await describe_organisations(members)
        name = {"given_name": "Given1", "family_name": "Family"}
        person = name | {"email": "p1@example.org", "organisation": "giz"}
        member = (await members.http.post("/members", json=person)).json()["member"]
        await upload(members, make_rows(2 * chunks.CHUNK_ROWS), dry_run=True)
        await work.import_rows(members.pool, audience_ids=IDS)
        planned = "SELECT count(*) FROM planned_statement WHERE email_key = 'p1@example.org'"
        assert await members.pool.fetchval(planned) == 1

        assert (await members.http.delete(f"/members/{member}")).status_code == 202
        assert await members.pool.fetchval(planned) == 0


async def test_an_erasure_does_not_wait_for_a_large_list(service: Service) -> None:
    async with running_service(service) as members:
        await describe_organisations(members)
        person = {"given_name": "Kim", "family_name": "B", "email": "p7@example.org", "organisation": "giz"}
        kim = (await members.http.post("/members", json=person)).json()["member"]
        await upload(members, make_rows(20_000))

        began = time.perf_counter()
        async with watched_loop() as loop:
            assert (await members.http.delete(f"/members/{kim}")).status_code == 202
        assert loop.longest < BLOCKED_SECONDS
        assert time.perf_counter() - began < 5
        chunk = "SELECT convert_from(records, 'UTF8') FROM import_chunk WHERE number = 0"
        assert "p7@example.org" not in await members.pool.fetchval(chunk)
