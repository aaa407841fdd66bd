"""Each command that changes something leaves who did it for whom, whatever its endpoint says; and no values."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from fastapi import APIRouter
from pydantic import BaseModel

from deploy.local.servers import Servers
from shared.access.serving import PUBLIC, SignedIn
from shared.contracts.members import MandateRole
from shared.contracts.refusals import Refused
from shared.postgres.pool import Tx, transaction
from shared.runtime import audit
from shared.runtime.paging import LARGEST
from shared.runtime.service import Service
from shared.runtime.settings import Settings
from shared.runtime.unit_of_work import UnitOfWorkDep
from shared.testing.access import SESSION_KEYS, build_headers, give_mandates
from shared.testing.databases import clone_database
from shared.testing.services import Running, running_service
from tests.shared.conftest import in_database
from tests.shared.toy.app import FOLDER

ADD = "INSERT INTO tally (tally, version) VALUES ($1, 1)"


class Named(BaseModel):
    thing: UUID
    text: str


def build_router() -> APIRouter:
    router = APIRouter()

    @router.post("/things", status_code=201)
    async def make_thing(asker: SignedIn, work: UnitOfWorkDep, owner: UUID | None = None) -> Named:
        async def made(tx: Tx) -> Named:
            thing = Named(thing=uuid4(), text="secret words")
            await tx.execute(ADD, str(thing.thing))
            work.acts_for(organisation="daad", member=owner)
            return thing

        return await work.run_once(None, made, Named)

    @router.put("/organisations/{organisation}/things/{thing}", status_code=204)
    async def rename_thing(asker: SignedIn, work: UnitOfWorkDep, organisation: str, thing: str) -> None:
        async with work.transaction() as tx:
            await tx.execute(f"{ADD} ON CONFLICT DO NOTHING", thing)

    @router.put("/things/{thing}/lock", status_code=204, dependencies=[PUBLIC])
    async def lock_thing(work: UnitOfWorkDep, thing: str) -> None:
        async with work.transaction() as tx:
            await tx.execute("SELECT FROM tally WHERE tally = $1 FOR UPDATE", thing)

    @router.delete("/things/{thing}", status_code=204)
    async def remove_thing(asker: SignedIn, work: UnitOfWorkDep, thing: str) -> None:
        async with work.transaction() as tx:
            await tx.execute(ADD, thing)
            raise Refused("no", "No.")

    @router.get("/things/{thing}")
    async def read_thing(asker: SignedIn, work: UnitOfWorkDep, thing: str) -> None:
        async with work.transaction() as tx:
            await tx.execute(f"{ADD} ON CONFLICT DO NOTHING", thing)

    return router


@pytest.fixture(scope="module")
async def toy(servers: Servers, toy_template: str) -> AsyncIterator[Running]:
    async with clone_database(servers.postgres, toy_template) as name:
        settings = Settings(
            database=in_database(servers.postgres, name), kafka="127.0.0.1:9", session_keys=SESSION_KEYS
        )
        service = Service(name="toy", folder=FOLDER, settings=settings, router=build_router())
        async with running_service(service) as running:
            yield running


@pytest.fixture(autouse=True)
async def _empty(toy: Running) -> None:
    await toy.pool.execute("TRUNCATE audit, audit_erasure")


class Person(NamedTuple):
    account: UUID
    member: UUID

    @property
    def headers(self) -> dict[str, str]:
        return build_headers(*self)


def make_person() -> Person:
    return Person(uuid4(), uuid4())


async def read_rows(toy: Running) -> list[dict[str, Any]]:
    return [dict(row) for row in await toy.pool.fetch("SELECT * FROM audit ORDER BY id")]


async def test_a_command_leaves_who_did_what_for_whom_and_no_values(toy: Running) -> None:
    kim, owner = make_person(), uuid4()

    made = await toy.http.post("/things", params={"owner": str(owner)}, headers=kim.headers)
    await toy.http.put("/organisations/acts/things/a", headers=kim.headers)

    first, second = await read_rows(toy)
    assert (first["account"], first["member"]) == kim
    assert (first["verb"], first["organisation"], first["on_behalf_of"]) == ("make_thing", "daad", owner)
    assert first["object"] == {"thing": made.json()["thing"]}
    assert first["correlation_id"] == made.headers["X-Correlation-ID"]
    assert abs(datetime.now(UTC) - first["at"]).total_seconds() < 60
    assert (second["verb"], second["organisation"]) == ("rename_thing", "acts")
    assert second["object"] == {"organisation": "acts", "thing": "a"}
    assert "secret" not in str(first)


async def test_what_changes_nothing_or_is_refused_or_only_reads_leaves_nothing(toy: Running) -> None:
    kim = make_person()
    once = {"Idempotency-Key": "k", **kim.headers}
    await toy.http.post("/things", headers=once)
    await toy.http.put("/organisations/acts/things/b", headers=kim.headers)
    noted = len(await read_rows(toy))

    answers = [
        await toy.http.post("/things", headers=once),
        await toy.http.put("/organisations/acts/things/b", headers=kim.headers),
        await toy.http.put("/things/b/lock"),
        await toy.http.delete("/things/c", headers=kim.headers),
        await toy.http.get("/things/d", headers=kim.headers),
        await toy.anonymous().post("/things"),
    ]

    assert [answer.status_code for answer in answers] == [201, 204, 204, 409, 200, 401]
    assert (noted, len(await read_rows(toy))) == (2, 2)


async def test_commands_at_once_on_shared_connections_are_each_noted_once(toy: Running) -> None:
    kim = make_person()
    paths = [f"/organisations/acts/things/{n % 10}x" for n in range(40)]

    await asyncio.gather(*(toy.http.put(path, headers=kim.headers) for path in paths))

    assert sorted(row["object"]["thing"] for row in await read_rows(toy)) == [f"{n}x" for n in range(10)]


async def test_coordinators_read_their_organisations_rows_and_operators_all(toy: Running) -> None:
    kim = make_person()
    for organisation in ("acts", "amcf", "daad"):
        await toy.http.put(f"/organisations/{organisation}/things/of-{organisation}", headers=kim.headers)
    of_two = await give_mandates(
        toy.pool, [(MandateRole.COORDINATOR, "acts"), (MandateRole.COORDINATOR, "amcf")]
    )
    operator = await give_mandates(toy.pool, [(MandateRole.OPERATOR, "")])

    async def read(headers: dict[str, str], **asked: Any) -> list[str]:
        answer = await toy.http.get("/audit", params=asked, headers=headers)
        return [entry["organisation"] for entry in answer.json()["items"]]

    assert await read(of_two) == ["amcf", "acts"]
    assert await read(of_two, organisation="acts") == ["acts"]
    assert await read(of_two, organisation="daad") == []
    assert await read(operator) == ["daad", "amcf", "acts"]
    assert (await toy.http.get("/audit", headers=kim.headers)).status_code == 403
    assert (await toy.anonymous().get("/audit")).status_code == 401


async def test_an_erased_person_is_named_nowhere_and_the_rows_stay(
    toy: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    kim, lee = make_person(), make_person()
    monkeypatch.setattr(audit, "PAGE", 2)
    for n in range(5):
        await toy.http.put(f"/organisations/acts/things/kim{n}", headers=kim.headers)
    await toy.http.post("/things", params={"owner": str(kim.member)}, headers=lee.headers)
    await toy.http.put(f"/organisations/acts/things/{kim.member}", headers=lee.headers)
    await toy.http.put("/organisations/acts/things/lee", headers=lee.headers)

    async with transaction(toy.pool) as tx:
        await audit.erase_persons(tx, [kim.member])
    # A request that began before the erasure may end after it.
    await toy.http.put("/organisations/acts/things/late", headers=kim.headers)
    while await audit.tidy_up(toy.pool, 365):
        pass

    rows = await read_rows(toy)
    assert len(rows) == 9
    assert not [part for part in (str(kim.member), str(kim.account)) if part in str(rows)]
    assert [row["account"] for row in rows[5:8]] == [lee.account] * 3
    assert await toy.pool.fetchval("SELECT count(*) FROM audit_erasure") == 1
    await toy.pool.execute("UPDATE audit_erasure SET at = at - interval '3 minutes'")
    await audit.tidy_up(toy.pool, 365)
    assert await toy.pool.fetchval("SELECT count(*) FROM audit_erasure") == 0


async def test_rows_are_removed_after_their_days_page_by_page(
    toy: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "PAGE", 2)
    for n in range(5):
        await toy.http.put(f"/organisations/acts/things/old{n}", headers=make_person().headers)
    await toy.pool.execute(
        "UPDATE audit SET at = at - interval '30 days 1 minute' WHERE object->>'thing' <= 'old2'"
    )

    assert [await audit.tidy_up(toy.pool, 30) for _ in range(3)] == [2, 1, 0]
    assert [row["object"]["thing"] for row in await read_rows(toy)] == ["old3", "old4"]


MANY, PERSONS = 20_000, 500
FILL = """
INSERT INTO audit (account, member, organisation, verb, object, correlation_id, ids)
SELECT gen_random_uuid(), gen_random_uuid(), CASE WHEN n % 1000 = 0 THEN 'small' ELSE 'daad' END, 'register', '{}', n,
    ARRAY[($2::uuid[])[n % cardinality($2::uuid[])]]
FROM generate_series(1, $1) AS n"""


async def count_blocks(tx: Tx, sql: str, *arguments: object) -> int:
    """How many blocks the statement touches, planned without a look at the arguments."""
    await tx.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    [top] = json.loads(await tx.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *arguments))
    return int(top["Plan"]["Shared Hit Blocks"] + top["Plan"]["Shared Read Blocks"])


async def test_reading_erasing_and_removing_touch_what_they_are_about_however_long_the_audit_is(
    toy: Running,
) -> None:
    persons = [uuid4() for _ in range(PERSONS)]
    await toy.pool.execute(FILL, MANY, persons)
    await toy.pool.execute("VACUUM ANALYZE audit")

    async with transaction(toy.pool) as tx:
        assert await count_blocks(tx, audit._LIST_ALL, LARGEST, 51) < 100
        assert await count_blocks(tx, audit._LIST, ["small", "none"], LARGEST, 51) < 100
        assert await count_blocks(tx, audit._LIST, ["small", "daad"], MANY // 2, 51) < 200
        assert await count_blocks(tx, audit._EXPIRE, 365, 10) < 100
        assert await count_blocks(tx, audit._ERASE, persons[1:2], 1_000) < 100 * MANY / PERSONS
