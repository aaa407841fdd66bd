"""Duplicate candidates: shown with reasons, decided by people, never merged by themselves."""

from pathlib import Path
from typing import Any

import pytest

from deploy.local.data.manifest import Manifest
from deploy.local.data.people import write_lists
from services.members.duplicates import similarity
from services.members.duplicates import work as duplicates_work
from services.members.imports import work as imports_work
from services.members.members.audience_ids import AudienceIds
from shared.runtime.service import Service
from shared.testing.services import Running, running_service
from tests.members.uploads import describe_organisations, post_list, read_list


async def list_pairs(members: Running, limit: int = 50) -> list[dict[str, Any]]:
    """All pairs that are listed, page by page."""
    found: list[dict[str, Any]] = []
    params: dict[str, Any] = {"limit": limit}
    while True:
        page = (await members.http.get("/duplicates", params=params)).json()
        found += page["items"]
        if page["next"] is None:
            return found
        params["cursor"] = page["next"]


async def find_member(members: Running, organisation: str, reference: str) -> str:
    """The member with this id in an organisation's own list."""
    params = {"organisation": organisation, "reference": reference}
    [found] = (await members.http.get("/members", params=params)).json()["items"]
    return str(found["member"])


async def do_all_work(members: Running) -> None:
    """All work is done that the service would do by itself."""
    while await imports_work.import_rows(members.pool, audience_ids=AudienceIds(b"s" * 32)):
        pass
    while await duplicates_work.COMPARING.step(members.pool):
        pass


async def find_planted(members: Running, manifest: Manifest) -> set[frozenset[str]]:
    """The pairs that a review list must show."""
    offices = {each.file: each.organisation for each in manifest.lists}
    return {
        frozenset(
            [
                await find_member(members, offices[pair.left_file], pair.left_reference),
                await find_member(members, offices[pair.right_file], pair.right_reference),
            ]
        )
        for pair in manifest.duplicates
        if pair.kind != "nickname"
    }


def both_members(pair: dict[str, Any]) -> frozenset[str]:
    return frozenset([pair["one"]["member"], pair["other"]["member"]])


async def test_persons_whom_offices_spell_differently_are_listed_until_someone_decides(
    service: Service, tmp_path: Path
) -> None:
    manifest = write_lists(tmp_path, small=True)
    async with running_service(service) as members:
        await describe_organisations(members)
        for wanted in manifest.lists:
            (await post_list(members, *read_list(tmp_path, wanted.file))).raise_for_status()
        await do_all_work(members)

        pairs = await list_pairs(members, limit=7)
        assert await find_planted(members, manifest) <= {both_members(pair) for pair in pairs}
        assert [pair["score"] for pair in pairs] == sorted((pair["score"] for pair in pairs), reverse=True)
        assert all((pair["score"] >= similarity.SUGGEST) == (pair["band"] == "suggest") for pair in pairs)
        assert len(pairs) == (await members.http.get("/statistics")).json()["duplicates"]
        assert (await members.http.get("/statistics")).json()["members"] == manifest.new_member_count

        answer = await members.http.post(
            f"/duplicates/{pairs[0]['duplicate']}/decision", json={"decision": "distinct"}
        )
        assert answer.json() == {"duplicate": pairs[0]["duplicate"], "decision": "distinct"}
        await members.pool.execute("INSERT INTO newcomer SELECT member FROM member")
        await do_all_work(members)
        assert await list_pairs(members) == pairs[1:]


async def test_nobody_is_compared_while_a_list_waits(service: Service, tmp_path: Path) -> None:
    write_lists(tmp_path, small=True)
    async with running_service(service) as members:
        await describe_organisations(members)
        await post_list(members, *read_list(tmp_path, "diplomaten"))
        await imports_work.import_rows(members.pool, audience_ids=AudienceIds(b"s" * 32))
        await post_list(members, *read_list(tmp_path, "ips"))

        assert await duplicates_work.COMPARING.step(members.pool) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Dmitry Kuznetsov", "Dmitri Kusnezow"),
        ("Дмитрий Кузнецов", "Kuznetsov, Dmitry"),
        ("Jörg Müller", "Mueller Joerg"),
        ("Željko Šarić", "Zeljko Saric"),
        ("O’Brien Anna K.", "Anna OBrien"),
        ("Yulia Zhukova", "Julija Schukowa"),
    ],
)
def test_a_name_sounds_the_same_in_any_script_and_order(one: str, other: str) -> None:
    assert similarity.phonetic_parts(one) == similarity.phonetic_parts(other)
