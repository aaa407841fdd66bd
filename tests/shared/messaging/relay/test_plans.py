"""The relay's polls look at what is new, however much history and backlog the outbox holds."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.messaging.relay import cursor
from shared.postgres.pool import Connection
from tests.shared.messaging.relay.ordering import session

HISTORY, BACKLOG, PAGE = 200_000, 20_000, 500
FILL = """
INSERT INTO outbox (xid, message_id, topic, key, type, sequence, headers, payload)
SELECT (700 + n::numeric / $1 * (pg_current_xact_id()::text::numeric - 701))::bigint::text::xid8,
       gen_random_uuid(), 'toy.tally.v1', n::text, 'TallyRaised', n, '{}', repeat('x', 100)
FROM generate_series(1, $1::int) n"""
ADD = """
INSERT INTO outbox (message_id, topic, key, type, sequence, headers, payload)
SELECT gen_random_uuid(), 'toy.tally.v1', n::text, 'TallyRaised', n, '{}', repeat('x', 100)
FROM generate_series(1, $1::int) n"""


async def plan(connection: Connection, sql: str, *arguments: object) -> dict[str, Any]:
    """The plan as a prepared statement has it: made once, without a look at the arguments. What it did is undone."""
    undone = connection.transaction()
    await undone.start()
    await connection.execute(f"PREPARE poll AS {sql}")
    given = ", ".join("NULL" if value is None else f"'{value}'" for value in arguments)
    [row] = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE poll ({given})")
    await connection.execute("DEALLOCATE poll")
    await undone.rollback()
    found: dict[str, Any] = json.loads(row[0])[0]["Plan"]
    return found


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for part in plan.get("Plans", []) for node in nodes(part))]


def holds(plan: dict[str, Any], *, blocks: int) -> None:
    """No scan of the whole day, and no more blocks touched than this. (The day has about 8,000.)"""
    today = f"outbox_{datetime.now(UTC):%Y%m%d}"
    scans = {node["Node Type"] for node in nodes(plan) if node.get("Relation Name") == today}
    assert "Seq Scan" not in scans, plan
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= blocks, plan


@pytest.fixture
async def poll(dsn: str) -> AsyncIterator[Connection]:
    """The relay's session, in front of a long history that is all sent."""
    async with session(dsn) as connection:
        for setting, value in cursor.PLANS.items():
            await connection.execute("SELECT set_config($1, $2, false)", setting, value)
        await connection.execute(FILL, HISTORY)
        await connection.execute("UPDATE relay SET seen = pg_current_snapshot()")
        yield connection


@pytest.mark.parametrize("analysed", [True, False], ids=["with statistics", "without statistics"])
async def test_a_poll_touches_what_is_new_and_a_page_only_its_own_rows(
    poll: Connection, analysed: bool
) -> None:
    if analysed:
        await poll.execute("ANALYZE outbox")
    place, _ = await cursor.take_over_cursor(poll)
    holds(await plan(poll, cursor._OPEN, place.seen, place.row_id, place.epoch), blocks=20)
    for _ in range(4):
        await poll.execute(ADD, BACKLOG // 4)

    holds(await plan(poll, cursor._OPEN, place.seen, place.row_id, place.epoch), blocks=1_000)
    place = await place.open_window(poll)
    for _ in range(BACKLOG // PAGE):
        last = (await place.read_page(poll, PAGE))[-1]["id"]
        holds(await plan(poll, cursor._PAGE, place.seen, place.upto, place.last_id, PAGE), blocks=60)
        place = place.moved_to(last, complete=False)
    assert await place.read_page(poll, PAGE) == []
    holds(await plan(poll, cursor._PAGE, place.seen, place.upto, place.last_id, PAGE), blocks=60)
