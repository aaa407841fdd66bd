"""Imports: every good row becomes what it says, every bad row is reported with its reason, and no row is lost."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from deploy.local.data.people import write_lists
from services.members.imports import chunks, work
from services.members.imports.reasons import REASONS
from services.members.members.audience_ids import AudienceIds
from shared.contracts.catalogue import MEMBER, PROFILE
from shared.postgres.pool import transaction
from shared.runtime.service import Service
from shared.testing.services import Running, read_outbox, running_service
from tests.members.releases import release_members
from tests.members.uploads import (
    HEADER,
    MAPPING,
    ImportList,
    await_import,
    describe_organisations,
    make_list,
    post_list,
    read_list,
)

COUNTS = ("rows", "done", "joined", "affiliated", "unchanged", "bad")


async def list_problems(members: Running, which: str) -> list[dict[str, Any]]:
    """All problems, page by page."""
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": 3}
    while True:
        page = (await members.http.get(f"/imports/{which}/problems", params=params)).json()
        found += page["items"]
        if page["next"] is None:
            return found
        params["cursor"] = page["next"]


def pick_counts(done: Mapping[str, Any]) -> list[int]:
    return [done[name] for name in COUNTS]


async def test_five_offices_lists_give_what_is_in_them_and_the_bad_rows_by_line_and_reason(
    members: Running, import_list: ImportList, tmp_path: Path
) -> None:
    manifest = write_lists(tmp_path, small=True)

    for wanted in manifest.lists:
        planned = await import_list(*read_list(tmp_path, wanted.file), dry_run=True)
        done = await import_list(*read_list(tmp_path, wanted.file))
        expected = (wanted.rows, wanted.rows, wanted.new_members, wanted.affiliations, wanted.unchanged)
        assert pick_counts(done) == pick_counts(planned) == [*expected, len(wanted.bad)]
        found = await list_problems(members, done["import"])
        assert [(p["line"], p["reason"]) for p in found] == [(row.line, row.reason) for row in wanted.bad]
        assert found == await list_problems(members, planned["import"])

    counted = (await members.http.get("/statistics")).json()
    assert counted["members"] == manifest.new_member_count
    assert counted["affiliations"] == manifest.new_member_count + manifest.affiliation_count
    assert await release_members(members) == manifest.new_member_count
    for topic in (PROFILE, MEMBER):
        sent = {key: data for _, key, data in await read_outbox(members.pool, topic.name)}
        assert len(sent) == manifest.new_member_count
        affiliations = sum(len(data["affiliations"]) for data in sent.values())
        assert affiliations == manifest.new_member_count + manifest.affiliation_count


async def test_the_same_list_again_changes_nothing_and_says_so(
    members: Running, import_list: ImportList
) -> None:
    await import_list(make_list(5), MAPPING)
    sent = await read_outbox(members.pool)

    again = await import_list(make_list(5), MAPPING)

    assert pick_counts(again) == [5, 5, 0, 0, 5, 0]
    assert await read_outbox(members.pool) == sent


async def test_a_dry_run_writes_nothing_but_its_report(members: Running, import_list: ImportList) -> None:
    content = make_list(3) + b"9,Given0,Family,Person0+alias@Example.org\n8, ,,x@example.org\n"

    planned = await import_list(content, MAPPING, dry_run=True)

    assert pick_counts(planned) == [5, 5, 3, 0, 1, 1]
    assert (await members.http.get("/statistics")).json()["members"] == 0
    assert await read_outbox(members.pool, PROFILE.name) == []


async def test_a_dry_run_waits_for_nobody_who_holds_a_member(
    members: Running, import_list: ImportList
) -> None:
    await import_list(make_list(3), MAPPING)

    async with transaction(members.pool) as tx:
        await tx.execute("SELECT FROM member FOR UPDATE")
        planned = await import_list(make_list(3), MAPPING, dry_run=True)

    assert pick_counts(planned) == [3, 3, 0, 0, 3, 0]


@pytest.mark.parametrize("rows", [1, 500])
async def test_a_second_person_at_one_address_is_a_bad_row_and_who_is_written_otherwise_is_not(
    members: Running, import_list: ImportList, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ROWS", rows)
    content = (
        HEADER + "1,Gisa,Gerlach,haus.gerlach@example.org\n2,Gustav,Gerlach,haus.gerlach@example.org\n"
        "3,Hedi,Halm,halm+hedi@example.org\n4,Hugo,Halm,halm+hugo@example.org\n"
        "5,Hedi,Halm-Meyer,halm@example.org\n6,GERLACH,Gisa M.,haus.gerlach+daad@example.org\n"
    ).encode()
    reason = "address-of-another"
    bad = [{"line": n, "reason": reason, "detail": REASONS[reason], "column": "mail"} for n in (3, 5)]

    for dry_run, joined, unchanged in ((True, 2, 2), (False, 2, 2), (False, 0, 4)):
        done = await import_list(content, MAPPING, dry_run=dry_run)
        assert pick_counts(done) == [6, 6, joined, 0, unchanged, 2]
        assert await list_problems(members, done["import"]) == bad


async def test_when_it_is_done_nothing_of_the_list_is_kept(members: Running, import_list: ImportList) -> None:
    done = await import_list(make_list(2) + b"7,=cmd,Person,secret@example.org\n", MAPPING)

    assert await members.pool.fetchval("SELECT count(*) FROM import_chunk") == 0
    rows = await members.pool.fetch("SELECT to_jsonb(i) AS kept FROM import i")
    rows += await members.pool.fetch("SELECT to_jsonb(p) AS kept FROM import_problem p")
    assert "example.org" not in json.dumps([row["kept"] for row in rows])
    [problem] = await list_problems(members, done["import"])
    assert problem == {"line": 4, "reason": "formula", "detail": REASONS["formula"], "column": "first"}


async def test_the_messages_of_an_import_carry_the_id_of_the_request_that_uploaded_it(
    members: Running,
) -> None:
    files = {"list": ("l.csv", make_list(1)), "mapping": ("m.toml", MAPPING)}
    answer = await members.http.post("/imports", files=files, headers={"X-Correlation-ID": "office-7"})
    await await_import(members, answer.headers["Location"])

    [headers] = await members.pool.fetch("SELECT headers FROM outbox WHERE topic = $1", PROFILE.name)
    assert json.loads(headers["headers"])["ce_correlationid"] == "office-7"


async def test_a_list_that_invites_invites_those_it_newly_affiliates_once(
    members: Running, import_list: ImportList
) -> None:
    inviting = MAPPING.replace(b"[columns]", b"invite = true\n[columns]")
    await import_list(make_list(2), MAPPING)
    await import_list(make_list(3), inviting)
    moments = await members.pool.fetch("SELECT invited_at FROM affiliation ORDER BY reference")

    await import_list(make_list(3), inviting)

    assert [row["invited_at"] is not None for row in moments] == [False, False, True]
    assert moments == await members.pool.fetch("SELECT invited_at FROM affiliation ORDER BY reference")


async def test_an_unclosed_quotation_mark_costs_its_own_row_only(
    members: Running, import_list: ImportList
) -> None:
    content = (
        HEADER
        + '1,Ann,A,a@example.org\n2,"Bob,B,b@example.org\n3,Cy,"C\nC",c@example.org\n\n4,Di,D,d@example.org\n'
    )

    done = await import_list(content.encode(), MAPPING)

    assert pick_counts(done) == [4, 4, 3, 0, 0, 1]
    [problem] = await list_problems(members, done["import"])
    assert problem == {"line": 3, "reason": "quotes", "detail": REASONS["quotes"], "column": None}


async def test_several_workers_share_an_import_and_each_row_is_worked_on_once(service: Service) -> None:
    async with running_service(service) as members:
        await describe_organisations(members)
        location = (await post_list(members, make_list(3 * chunks.CHUNK_ROWS), MAPPING)).headers["Location"]
        audience_ids = AudienceIds(b"s" * 32)

        async def go_on() -> None:
            while (await members.http.get(location)).json()["state"] != "done":
                await work.import_rows(members.pool, audience_ids=audience_ids)

        await asyncio.gather(*(go_on() for _ in range(4)))

        rows = 3 * chunks.CHUNK_ROWS
        assert pick_counts((await members.http.get(location)).json()) == [rows, rows, rows, 0, 0, 0]
        assert len(await read_outbox(members.pool, PROFILE.name)) == rows


async def test_an_import_goes_on_after_a_crash_where_it_stood(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_service(service) as members:
        await describe_organisations(members)
        location = (await post_list(members, make_list(2 * chunks.CHUNK_ROWS), MAPPING)).headers["Location"]
        audience_ids = AudienceIds(b"s" * 32)
        await work.import_rows(members.pool, audience_ids=audience_ids)

        def crash(_step: str) -> None:
            raise ConnectionError

        with monkeypatch.context() as crashing:
            crashing.setattr(work, "failpoint", crash)
            await work.import_rows(members.pool, audience_ids=audience_ids)
        await members.pool.execute("UPDATE attempt SET until = now()")
        half = (await members.http.get(location)).json()
        while await work.import_rows(members.pool, audience_ids=audience_ids):
            pass

        rows = chunks.CHUNK_ROWS
        assert (half["state"], pick_counts(half)) == ("running", [2 * rows, rows, rows, 0, 0, 0])
        assert pick_counts((await members.http.get(location)).json()) == [
            2 * rows,
            2 * rows,
            2 * rows,
            0,
            0,
            0,
        ]


async def test_work_that_fails_for_good_ends_the_import_as_failed_and_deletes_its_list(
    service: Service,
) -> None:
    async with running_service(service) as members:
        await describe_organisations(members)
        location = (await post_list(members, make_list(1), MAPPING)).headers["Location"]
        await members.pool.execute("UPDATE import_chunk SET records = 'no JSON'")

        await work.import_rows(members.pool, audience_ids=AudienceIds(b"s" * 32))

        assert (await members.http.get(location)).json()["state"] == "failed"
        assert await members.pool.fetchval("SELECT count(*) FROM import_chunk") == 0
