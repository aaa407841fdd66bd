"""Duplicate candidates: shown with reasons, decided by people, never merged by themselves."""

from pathlib import Path
from typing import Any

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


async def test_an_address_whose_key_was_made_by_an_older_rule_is_known_again(service: Service) -> None:
    async with running_service(service) as members:
        await describe_organisations(members)
        person = {"given_name": "Kim", "family_name": "Beispiel", "organisation": "daad"}
        first = await members.http.post("/members", json=person | {"email": "jörg@straße.example.org"})
        await members.pool.execute("UPDATE member SET email_key = 'jörg@xn--strasse.example.org'")
        twin = await members.http.post("/members", json=person | {"email": "jörg@bücher.example.org"})
        await members.pool.execute(
            "UPDATE member SET email_key = 'old' WHERE member = $1", twin.json()["member"]
        )
        again = await members.http.post("/members", json=person | {"email": "JÖRG@BÜCHER.example.org"})

        await do_all_work(members)

        known = await members.http.post("/members", json=person | {"email": "Jo\u0308rg@STRAẞE.example.org"})
        assert (known.json()["member"], known.json()["outcome"]) == (first.json()["member"], "unchanged")
        assert again.json()["outcome"] == "joined"
        assert await members.pool.fetchval("SELECT count(*) FROM member WHERE email_key = 'old'") == 1


async def test_a_name_that_another_office_splits_otherwise_is_listed(service: Service) -> None:
    spellings = [
        ("小明", "王"),
        ("Hans-Peter", "Kahl"),
        ("محمد", "حسن"),
        ("Jan", "van der Berg"),
        ("", "Sukarni"),
    ]
    elsewhere = [
        *(("Xiao Ming", "Wang"), ("Hanspeter", "Kahl"), ("Mohammed", "Hassan"), ("Jan", "Vanderberg")),
        ("Sukarni", ""),
    ]
    async with running_service(service) as members:
        await describe_organisations(members)
        for number, pair in enumerate(zip(spellings, elsewhere, strict=True)):
            for (given, family), organisation in zip(pair, ("daad", "giz"), strict=True):
                person = {"given_name": given, "family_name": family, "origin": "CN", "residence": "DE"}
                where = {"email": f"{organisation}{number}@example.org", "organisation": organisation}
                (await members.http.post("/members", json=person | where)).raise_for_status()
        await do_all_work(members)

        assert len(await list_pairs(members)) == len(spellings)
