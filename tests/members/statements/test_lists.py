"""A list that is brought again: what the organisation says of its own is updated, the rest fills or is suggested."""

from typing import Any
from uuid import UUID

import pytest

from services.members.imports import chunks
from services.members.members import stating
from shared.contracts.catalogue import PROFILE
from shared.postgres.pool import transaction
from shared.testing.access import build_headers
from shared.testing.services import Running, open_client, read_outbox
from tests.members import people
from tests.members.page_forms import read, send
from tests.members.uploads import MAPPING, ImportList

COUNTS = ("rows", "joined", "affiliated", "changed", "suggested", "unchanged", "bad")
WIDE = MAPPING + b'cohort = "year"\nresidence = "lives"\nlanguages = "speaks"\n'
HEADER = "id,first,last,mail,year,lives,speaks\n"


def make(mapping: bytes, *, organisation: bytes = b"daad") -> bytes:
    return mapping.replace(b"daad", organisation)


async def bring(import_list: ImportList, rows: str, mapping: bytes = WIDE) -> list[int]:
    """What becomes of the rows; a dry run before says the same."""
    planned = await import_list((HEADER + rows).encode(), mapping, dry_run=True)
    done = await import_list((HEADER + rows).encode(), mapping)
    assert [planned[name] for name in COUNTS] == [done[name] for name in COUNTS]
    return [done[name] for name in COUNTS]


async def read_told(members: Running) -> dict[str, Any]:
    """The profile that was published last."""
    return dict((await read_outbox(members.pool, PROFILE.name))[-1][2])


async def test_a_list_brought_again_updates_its_own_fills_what_is_empty_and_suggests_the_rest(
    members: Running, import_list: ImportList
) -> None:
    assert await bring(import_list, "1,Kim,Beispiel,kim@example.org,2019,,\n") == [1, 1, 0, 0, 0, 0, 0]

    row = "2,Kim,Beispiel,kim@example.org,2020,FR,de|fr\n"
    assert await bring(import_list, row) == [1, 0, 0, 1, 0, 0, 0]
    told = await read_told(members)
    assert (told["residence"], told["languages"], told["affiliations"][0]["cohort"]) == (
        "FR",
        ["de", "fr"],
        2020,
    )
    assert await bring(import_list, row) == [1, 0, 0, 0, 0, 1, 0]

    sent = await read_outbox(members.pool)
    moved = "2,Kim,Beispiel,kim@example.org,,DE,es\n"
    assert await bring(import_list, moved) == [1, 0, 0, 0, 1, 0, 0]
    assert await bring(import_list, moved) == [1, 0, 0, 0, 0, 1, 0]
    assert await read_outbox(members.pool) == sent
    changes = await members.pool.fetch("SELECT organisation, fields FROM profile_change ORDER BY change")
    assert [tuple(row) for row in changes] == [("daad", ["affiliation", "languages", "residence"])]


@pytest.mark.parametrize("rows", [1, 500])
async def test_a_list_that_contradicts_itself_says_what_its_first_row_says_each_time(
    members: Running, import_list: ImportList, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ROWS", rows)
    content = (
        "1,Kim,Beispiel,kim@example.org,2019,FR,\n2,Kim,Beispiel,kim@example.org,2021,DE,\n"
        "3,Kim,Beispiel,KIM+x@example.org,2022,AT,\n"
    )

    counted = [await bring(import_list, content) for _ in range(3)]

    assert counted == [[3, 1, 0, 0, 0, 2, 0], [3, 0, 0, 0, 0, 3, 0], [3, 0, 0, 0, 0, 3, 0]]
    [held] = await members.pool.fetch("SELECT cohort, reference FROM affiliation")
    assert tuple(held) == (2019, "1")
    assert await members.pool.fetchval("SELECT count(*) FROM suggestion") == 0


async def test_another_organisation_overwrites_nothing_and_each_suggests_once(
    members: Running, import_list: ImportList
) -> None:
    await bring(import_list, "1,Kim,Beispiel,kim@example.org,2019,FR,de\n")

    for lives, expected in (("DE", [1, 0, 1, 0, 0, 0, 0]), ("AT", [1, 0, 0, 0, 1, 0, 0])):
        row = f"9,Kim,Beispiel-Neu,kim@example.org,,{lives},de\n"
        assert await bring(import_list, row, make(WIDE, organisation=b"giz")) == expected

    told = await read_told(members)
    assert (told["residence"], told["family_name"]) == ("FR", "Beispiel")
    asked = await members.pool.fetch("SELECT organisation, field, value FROM suggestion ORDER BY field")
    assert [tuple(row) for row in asked] == [
        ("giz", "family_name", "Beispiel-Neu"),
        ("giz", "residence", "AT"),
    ]


async def test_a_member_takes_or_declines_what_is_suggested_and_is_not_asked_again(
    members: Running, import_list: ImportList
) -> None:
    await bring(import_list, "1,Kim,Beispiel,kim@example.org,2019,FR,de\n")
    again = "1,Kim,Beispiel,kim@example.org,2019,DE,es\n"
    await bring(import_list, again)
    kim: UUID = await members.pool.fetchval("SELECT member FROM member")
    me = open_client(members.app, build_headers(await people.open_account(members.pool, people.KIM), kim))
    rows = await members.pool.fetch("SELECT field, suggestion::text AS id FROM suggestion")
    ids = {row["field"]: row["id"] for row in rows}

    page = await read(me, "/me")
    assert "Suggested by" in page
    assert "Germany" in page
    await send(me, "/me/suggestions", suggestion=ids["languages"], act="take")
    await send(me, "/me/suggestions", suggestion=ids["residence"], act="decline")

    told = await read_told(members)
    assert (told["languages"], told["residence"]) == (["de", "es"], "FR")
    assert "Suggested by" not in await read(me, "/me")
    for answered in ids.values():
        await send(me, "/me/suggestions", 404, suggestion=answered, act="take")
    assert await bring(import_list, again) == [1, 0, 0, 0, 0, 1, 0]
    assert await bring(import_list, again.replace("DE", "AT")) == [1, 0, 0, 0, 1, 0, 0]
    assert "Austria" in await read(me, "/me")


async def test_nobody_answers_for_another_member(members: Running, import_list: ImportList) -> None:
    await bring(import_list, "1,Kim,Beispiel,kim@example.org,,FR,\n")
    await bring(import_list, "1,Kim,Beispiel,kim@example.org,,DE,\n")
    which: UUID = await members.pool.fetchval("SELECT suggestion FROM suggestion")
    other = await people.join(members.pool, "toni@example.org")
    toni = open_client(
        members.app, build_headers(await people.open_account(members.pool, "toni@example.org"), other)
    )

    for act in ("take", "decline"):
        await send(toni, "/me/suggestions", 404, suggestion=str(which), act=act)
        await send(
            await members.as_coordinator("daad"), "/me/suggestions", 403, suggestion=str(which), act=act
        )
    assert await members.pool.fetchval("SELECT count(*) FROM suggestion WHERE declined_at IS NULL") == 1


async def test_what_lists_change_is_found_by_indexes_alone(members: Running, import_list: ImportList) -> None:
    """With sequential scans off, none is chosen where an index would do."""
    await bring(import_list, "1,Kim,Beispiel,kim@example.org,2019,FR,de\n")
    async with transaction(members.pool) as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        for statement, arguments in (
            (stating.UPDATE_FACTS, (UUID(int=1), "daad", None, "alumnus", 2019, None, None)),
            (
                "SELECT FROM suggestion WHERE member = ANY($1) AND organisation = ANY($2)",
                ([UUID(int=1)], ["daad"]),
            ),
            ("SELECT FROM erased_address WHERE address_hash = ANY($1)", (["x"],)),
            (
                "SELECT FROM planned_statement WHERE import = $1 AND email_key = ANY($2)",
                (UUID(int=1), ["x"]),
            ),
        ):
            plan = await tx.fetch(f"EXPLAIN {statement}", *arguments)
            assert "Seq Scan" not in "\n".join(row[0] for row in plan), plan
