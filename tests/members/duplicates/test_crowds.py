"""However many members are alike, a newcomer is compared with few of them, the likeliest, and the service lives on."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from services.members.duplicates import finding, pairing, similarity
from services.members.duplicates import work as duplicates_work
from services.members.duplicates.duplicates import MOST_NAMESAKES
from services.members.duplicates.similarity import Likeness, Person
from shared.postgres.pool import Pool, Tx, transaction
from shared.runtime.service import Service
from shared.testing.services import Running, running_service
from shared.testing.waiting import eventually
from tests.members.crowds import add_namesakes, watched_loop
from tests.members.uploads import describe_organisations

NAMESAKES = 1_000
CROWD = 1_500
BLOCKED_SECONDS = 0.5


async def count_newcomers(pool: Pool) -> int:
    waiting: int = await pool.fetchval("SELECT count(*) FROM newcomer")
    return waiting


async def find_all(pool: Pool) -> None:
    while await duplicates_work.COMPARING.step(pool):
        pass


async def join(members: Running, email: str, organisation: str) -> str:
    person = {"given_name": "Anna", "family_name": "Mueller", "email": email, "organisation": organisation}
    return str((await members.http.post("/members", json=person)).raise_for_status().json()["member"])


async def test_a_crowd_of_namesakes_does_not_block_the_service(service: Service) -> None:
    async with running_service(service, only=("api", "work")) as members:
        await add_namesakes(members.pool, NAMESAKES)

        async def compared() -> bool:
            assert (await members.http.get("/livez")).status_code == 200
            return not await count_newcomers(members.pool)

        async with watched_loop() as loop:
            await eventually(compared)

        assert loop.longest < BLOCKED_SECONDS
        most = NAMESAKES * pairing.MOST_KEPT
        assert 0 < (await members.http.get("/statistics")).json()["duplicates"] <= most


async def test_the_likeliest_is_found_in_a_crowd_of_namesakes(service: Service) -> None:
    async with running_service(service) as members:
        await describe_organisations(members)
        before = await join(members, "anna.m.mueller@example.org", "daad")
        await add_namesakes(members.pool, NAMESAKES)
        await find_all(members.pool)
        after = await join(members, "anna.mueller@example.net", "giz")
        await find_all(members.pool)

        found = await members.pool.fetch(
            "SELECT one, other FROM duplicate_candidate WHERE $1 IN (one::text, other::text)", after
        )
        assert before in {str(member) for pair in found for member in pair}
        assert len(found) <= pairing.MOST_KEPT


async def test_a_newcomer_is_compared_with_a_bounded_number_in_a_crowd(service: Service) -> None:
    async with running_service(service) as members:
        await add_namesakes(members.pool, NAMESAKES)
        await find_all(members.pool)
        some = [row["member"] for row in await members.pool.fetch("SELECT member FROM member LIMIT 50")]

        async with transaction(members.pool) as tx:
            neighbours = await finding.find_neighbours(tx, some)

        compared = [len(others) for others in neighbours.values()]
        assert len(compared) == 50
        assert 10 < max(compared) <= finding.MOST_COMPARED


async def test_a_batch_ends_with_its_time_and_the_next_goes_on_where_it_stopped(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "BATCH_SECONDS", 0.0)
    compared: Counter[frozenset[UUID]] = Counter()
    monkeypatch.setattr(similarity, "compare_persons", counting(compared))
    async with running_service(service) as members:
        await add_namesakes(members.pool, CROWD)
        left = CROWD
        while left:
            before = compared.total()
            await duplicates_work.COMPARING.step(members.pool)
            assert compared.total() - before <= finding.SLICE * finding.MOST_COMPARED
            assert await count_newcomers(members.pool) == left - finding.SLICE
            left -= finding.SLICE

        assert set(compared.values()) == {1}
        assert len({member for pair in compared for member in pair}) == CROWD
        listed = (await members.http.get("/duplicates", params={"limit": 100})).json()["items"]
        assert {pair[side]["namesakes"] for pair in listed for side in ("one", "other")} == {MOST_NAMESAKES}
        assert await members.pool.fetchval("SELECT count(*) FROM attempt") == 0


@pytest.mark.parametrize("analysed", [True, False], ids=["with statistics", "without statistics"])
async def test_the_neighbours_of_a_newcomer_are_read_from_the_index(service: Service, analysed: bool) -> None:
    async with running_service(service) as members:
        await add_namesakes(members.pool, NAMESAKES)
        await find_all(members.pool)
        some = [row["member"] for row in await members.pool.fetch("SELECT member FROM member LIMIT 10")]
        if analysed:
            await members.pool.execute("ANALYZE blocking_key")

        async with transaction(members.pool) as tx:
            await finding.find_neighbours(tx, some)
            plan = await explain(tx, finding.NEIGHBOURS, some)

        scans = {node["Node Type"] for node in nodes(plan) if node.get("Relation Name") == "blocking_key"}
        assert scans <= {"Index Scan", "Index Only Scan"}, plan
        keys = await members.pool.fetchval("SELECT count(*) FROM blocking_key WHERE member = ANY($1)", some)
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 60 * keys, plan


def counting(compared: Counter[frozenset[UUID]]) -> Callable[[Person, Person], Likeness]:
    """Comparing, with a count of each pair."""
    compare = similarity.compare_persons

    def count(one: Person, other: Person) -> Likeness:
        compared[frozenset((one.member, other.member))] += 1
        return compare(one, other)

    return count


async def explain(tx: Tx, sql: str, members: list[Any]) -> dict[str, Any]:
    """The plan as a prepared statement has it: made once, without a look at the arguments."""
    await tx.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    arguments = (members, finding.WINDOW, finding.SIMILAR, finding.MOST_COMPARED)
    text = await tx.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *arguments)
    found: dict[str, Any] = json.loads(text)[0]["Plan"]
    return found


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes(part))]
