"""Whoever was erased isn't brought back by lists and forms of others, and nobody invites them."""

from typing import Any
from uuid import UUID

import pytest

from services.members.accounts import addresses
from services.members.imports.reasons import REASONS
from shared.contracts.catalogue import PROFILE
from shared.postgres.pool import transaction
from shared.testing.services import Running, read_outbox
from tests.members import people
from tests.members.page_forms import read, send
from tests.members.uploads import HEADER, MAPPING, ImportList

WORK = "kim@work.example.org"
ROWS = f"1,Kim,Beispiel,KIM+new@Example.org\n2,Kim,Beispiel,{WORK}\n3,Kim,Beispiel,other@example.org\n"
INVITING = MAPPING.replace(b"[columns]", b"invite = true\n[columns]")
COUNTS = ("rows", "done", "joined", "affiliated", "unchanged", "erased", "bad")


@pytest.fixture
async def gone(members: Running, kim: UUID) -> UUID:
    """Kim, who had two addresses, and was erased."""
    async with transaction(members.pool) as tx:
        await addresses.add_address(tx, kim, WORK)
    await people.erase(members.pool, kim)
    return kim


async def test_a_list_does_not_bring_back_whom_erasure_removed_and_invites_nobody_of_them(
    members: Running, gone: UUID, import_list: ImportList
) -> None:
    for mapping, dry_run, joined in (
        (INVITING, True, 1),
        (INVITING, False, 1),
        (INVITING.replace(b"daad", b"giz"), False, 0),
    ):
        done = await import_list((HEADER + ROWS).encode(), mapping, dry_run=dry_run)
        assert [done[name] for name in COUNTS] == [3, 3, joined, 1 - joined, 0, 2, 0]
        problems = (await members.http.get(f"/imports/{done['import']}/problems")).json()["items"]
        expected = {"reason": "erased", "detail": REASONS["erased"], "column": "mail"}
        assert problems == [{"line": line, **expected} for line in (2, 3)]

    told = [data for _, key, data in await read_outbox(members.pool, PROFILE.name) if key != str(gone)]
    assert {data["email"] for data in told} == {"other@example.org"}


async def test_the_page_of_a_list_says_who_was_erased_and_how_they_come_back(
    members: Running, gone: UUID, import_list: ImportList
) -> None:
    done = await import_list((HEADER + ROWS).encode(), MAPPING)
    own = await members.as_coordinator("daad")

    page = await read(own, f"/organisations/daad/imports/{done['import']}")

    assert "No list brings back who was erased." in page
    assert page.count("ask them to sign in with this address") == 2
    assert "couldn’t be taken" not in await read(own, "/organisations/daad")


async def test_a_coordinator_who_adds_the_person_by_hand_reads_the_same(members: Running, gone: UUID) -> None:
    own = await members.as_coordinator("daad")
    person: dict[str, Any] = {"given_name": "Kim", "family_name": "Beispiel", "email": people.KIM}

    page = await send(own, "/organisations/daad/members/new", 409, **person, role="alumnus", invite="1")
    answer = await members.http.post("/members", json=person | {"organisation": "giz", "invite": True})

    assert "ask them to sign in with this address" in page
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/person-erased")
    assert await members.pool.fetchval("SELECT count(*) FROM member") == 0
