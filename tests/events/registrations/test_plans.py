"""Registrations cost what is shown of them, a page or one, however long the waiting list is."""

import json
from uuid import UUID

from services.events.registrations import registrations
from shared.postgres.pool import Pool
from shared.testing.services import Running
from tests.events.samples import CreateOffer

WAITING = 20_000
PAGE = 50


async def add_waiting(pool: Pool, offer: UUID, count: int) -> None:
    """So many wait for the one seat, which is taken."""
    await pool.execute("UPDATE offer SET registered = 1, waiting = $2 WHERE offer = $1", offer, count)
    await pool.execute(
        "INSERT INTO registration (registration, offer, number, member, state)"
        " SELECT gen_random_uuid(), $1, number, gen_random_uuid(), 'waitlisted' FROM generate_series(1, $2) number",
        offer,
        count,
    )


async def count_blocks(pool: Pool, statement: str, *arguments: object) -> int:
    """How many blocks the statement touches, prepared as it is and planned without a look at the arguments."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        text = await connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", *arguments)
    plan = json.loads(text)[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def test_of_a_long_waiting_list_a_page_touches_its_own_rows_and_one_registration_a_thousand_at_most(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=1)
    await events.pool.execute("ALTER TABLE registration SET (autovacuum_enabled = off)")
    await add_waiting(events.pool, offer, WAITING)
    await events.pool.execute("ANALYZE registration")

    for after in (0, WAITING // 2, WAITING - PAGE):
        assert await count_blocks(events.pool, registrations._PAGE, offer, after, after, PAGE + 1) < 3 * PAGE
    for number, position in {1: 1, 1000: 1000, 1001: None, WAITING: None}.items():
        waits = await events.pool.fetchval("SELECT registration FROM registration WHERE number = $1", number)
        assert (await events.http.get(f"/registrations/{waits}")).json()["position"] == position
        assert await count_blocks(events.pool, registrations._READ, waits) < 2 * registrations.LAST_COUNTED


async def test_whoever_reads_all_pages_counts_each_who_waits_once_though_some_leave_meanwhile(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=1)
    await add_waiting(events.pool, offer, 7)
    path = f"/offers/{offer}/registrations?limit=3"
    first = (await events.http.get(path)).json()

    await events.http.delete(f"/registrations/{first['items'][0]['registration']}")
    last_of_next = await events.pool.fetchval("SELECT registration FROM registration WHERE number = 5")
    await events.http.delete(f"/registrations/{last_of_next}")
    second = (await events.http.get(f"{path}&cursor={first['next']}")).json()

    assert [one["position"] for one in first["items"]] == [1, 2, 3]
    assert [one["position"] for one in second["items"]] == [4, None, 5]
    again = (await events.http.get(path)).json()
    assert [one["position"] for one in again["items"]] == [None, 1, 2]
