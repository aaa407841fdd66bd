"""The workers' statements touch what they are about, however much is due, waits, or was sent long ago."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from services.notifications.channels import claims
from services.notifications.composing import composer
from services.notifications.deliveries import deliveries, holding, superseding, sweeping
from services.notifications.triggers import cancellations, changes
from shared.postgres.pool import Pool
from tests.notifications.amounts import add_deliveries, add_recipients
from tests.notifications.conftest import StartService

COUNT = 10_000
# Each delivery is another member's, and all that isn't sent is about one offer.
REGISTRATIONS = """
WITH one AS (SELECT gen_random_uuid() AS offer),
told AS (UPDATE delivery SET kind = 'registered', member = delivery, offer = one.offer FROM one
         WHERE state <> 'sent' RETURNING one.offer, member)
INSERT INTO registration SELECT gen_random_uuid(), 1, offer, member, 'registered' FROM told"""
CLAIM_OF_GIZ: tuple[object, ...] = (uuid4(), "30 s", "{giz}", False, "example.org")
CLAIM_OF_ALL_OTHERS: tuple[object, ...] = (uuid4(), "30 s", "{giz}", True, "example.org")


@pytest.fixture
async def pool(start: StartService) -> AsyncIterator[Pool]:
    """A log with as many rows of each sort: sent, waiting, not composed, and composed for giz; none for daad."""
    async with start() as service:
        await service.pool.execute("ALTER TABLE delivery SET (autovacuum_enabled = off)")
        await add_recipients(service.pool)
        await add_deliveries(service.pool, COUNT, state="sent", composed=True)
        await add_deliveries(service.pool, COUNT, state="waiting", organisation="nobody")
        await add_deliveries(service.pool, COUNT)
        await add_deliveries(service.pool, COUNT, composed=True, organisation="giz")
        yield service.pool


@pytest.mark.parametrize("analysed", [True, False], ids=["with statistics", "without statistics"])
async def test_composing_and_sending_touch_their_own_batch_and_nothing_of_another_target(
    pool: Pool, analysed: bool
) -> None:
    if analysed:
        await pool.execute("ANALYZE")
    someone = await pool.fetchval("SELECT delivery FROM delivery LIMIT 1")

    uncomposed = await pool.fetchval(
        "SELECT array_agg(delivery)::text FROM (SELECT delivery FROM delivery"
        " WHERE state = 'due' AND composed_at IS NULL ORDER BY place LIMIT 50) AS batch"
    )

    await assert_bounded(pool, composer._FIND, blocks=400)
    await assert_bounded(pool, composer._CLAIM, uncomposed, blocks=600)
    await assert_bounded(pool, claims._CLAIM, *CLAIM_OF_GIZ, blocks=1_000)
    await assert_bounded(pool, claims._CLAIM, *CLAIM_OF_ALL_OTHERS, blocks=20)
    await assert_bounded(pool, claims._RECORD, someone, uuid4(), "sent", None, "0 s", blocks=10)
    await assert_bounded(pool, claims._RELEASE, uuid4(), f"{{{someone}}}", blocks=10)


async def test_the_sweep_and_an_offers_message_touch_what_they_are_about(pool: Pool) -> None:
    await pool.execute("ANALYZE")

    await assert_bounded(pool, sweeping._READ_PAGE, datetime.now(UTC), 0, blocks=60)
    await assert_bounded(pool, sweeping._GIVE_UP, blocks=10)
    await assert_bounded(pool, holding._READ_PAGE, "", 0, holding.PAGE, blocks=10)

    one = f"{{{await pool.fetchval('SELECT delivery FROM delivery LIMIT 1')}}}"
    await assert_bounded(pool, deliveries._COMPLETE.format(which="d.delivery = ANY($1)"), one, blocks=40)


@pytest.mark.parametrize("analysed", [True, False], ids=["with statistics", "without statistics"])
async def test_news_of_an_offer_that_all_registered_for_touches_a_page_of_members(
    pool: Pool, analysed: bool
) -> None:
    await pool.execute(REGISTRATIONS)
    if analysed:
        await pool.execute("ANALYZE")
    last = await pool.fetchval("SELECT member FROM registration ORDER BY member DESC OFFSET 20 LIMIT 1")
    offer, members = await pool.fetchval("SELECT offer FROM registration LIMIT 1"), f"{{{last}}}"

    for after in (None, last):
        await assert_bounded(pool, cancellations._NEXT_MEMBERS, offer, after, 10, blocks=60)
        await assert_bounded(pool, changes._NEXT_MEMBERS, offer, after, 10, blocks=80)
    await assert_bounded(pool, cancellations._STANDINGS, f"{{{offer}}}", members, blocks=40)
    await assert_bounded(
        pool, superseding._SUPERSEDE, f"{{{offer}}}", members, "{registered}", "cancelled", blocks=60
    )


async def assert_bounded(pool: Pool, sql: str, *arguments: object, blocks: int) -> None:
    """No scan of the whole log, and no more blocks touched than this."""
    plan = await explain(pool, sql, *arguments)
    scanned = {node.get("Relation Name") for node in list_nodes(plan) if node["Node Type"] == "Seq Scan"}
    assert not scanned & {"delivery", "registration"}, plan
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= blocks, plan


async def explain(pool: Pool, sql: str, *arguments: object) -> dict[str, Any]:
    """The plan as a prepared statement has it: made once, without a look at the arguments. What it did is undone."""
    async with pool.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE statement AS {sql}")
        given = ", ".join("NULL" if value is None else f"'{value}'" for value in arguments)
        call = f"EXECUTE statement ({given})" if arguments else "EXECUTE statement"
        [row] = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {call}")
        await connection.execute("DEALLOCATE statement")
        await undone.rollback()
    found: dict[str, Any] = json.loads(row[0])[0]["Plan"]
    return found


def list_nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in list_nodes(part))]
