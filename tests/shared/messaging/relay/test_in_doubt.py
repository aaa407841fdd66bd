"""A leader that fell may still be heard: what it had under way can be written after its successor's messages. The
last record of each key on the topic is its newest all the same."""

import pytest

from shared.messaging.kafka import Kafka
from shared.messaging.relay import in_doubt, relay
from shared.postgres.pool import Pool
from shared.testing.kafka import read_records
from shared.testing.waiting import eventually
from tests.shared.toy.partner import raised, write
from tests.shared.toy.parts import count_up, relaying
from tests.shared.toy.processes import KILLED, start
from tests.shared.toy.tallies import TALLY


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doubts are due at once."""
    monkeypatch.setattr(in_doubt, "IN_FLIGHT_SECONDS", 0)


async def versions(kafka: Kafka, key: str) -> list[int]:
    return [
        int(dict(record.headers)["ce_sequence"]) % 10**15
        for record in await read_records(kafka, TALLY.name)
        if record.key == key.encode()
    ]


async def settled(pool: Pool) -> bool:
    sent: bool = await pool.fetchval("SELECT upto IS NULL FROM relay")
    return sent and not await pool.fetchval("SELECT EXISTS (SELECT FROM in_doubt)")


async def test_what_a_fallen_leader_had_under_way_is_followed_by_the_newest_message_of_its_keys(
    dsn: str, pool: Pool, corner: Kafka
) -> None:
    await count_up(pool, "a", 3)
    await count_up(pool, "b")
    fallen = await start(dsn, corner, ["serve", "--only=relay"], "relay.saved")
    assert await fallen.wait() == KILLED
    await count_up(pool, "a")

    async with relaying(dsn, corner):
        await eventually(lambda: settled(pool))

    assert await versions(corner, "a") == [1, 2, 3, 4, 4]
    assert await versions(corner, "b") == [1, 1]


async def test_a_leader_that_hears_late_that_it_was_deposed_confesses(
    dsn: str, pool: Pool, corner: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its first look it takes no note that what it sent was in time."""
    monkeypatch.setattr(relay, "HOUSEKEEPING_SECONDS", 3600)
    async with relaying(dsn, corner):
        await count_up(pool, "first")
        await eventually(lambda: arrived(corner, "first", [1]))
        await count_up(pool, "a", 2)
        await eventually(lambda: arrived(corner, "a", [1, 2]))
        await pool.execute("UPDATE relay SET epoch = epoch + 1, upto = NULL, seen = pg_current_snapshot()")
        await write(corner, [raised("a", 3), raised("a", 1)])
        await count_up(pool, "b")

        await eventually(lambda: arrived(corner, "a", [1, 2, 3, 1, 2]))
        await eventually(lambda: settled(pool))


async def test_a_leader_that_left_in_order_leaves_nothing_in_doubt(
    dsn: str, pool: Pool, corner: Kafka
) -> None:
    for _ in range(2):
        async with relaying(dsn, corner):
            await count_up(pool, "a")
            await eventually(lambda: clean(pool))

    assert await pool.fetchval("SELECT clean FROM relay")
    assert await versions(corner, "a") == [1, 2]


async def arrived(kafka: Kafka, key: str, expected: list[int]) -> bool:
    return await versions(kafka, key) == expected


async def clean(pool: Pool) -> bool:
    """Whether all that was written is sent, and no page is in doubt."""
    sent: bool = await pool.fetchval(
        "SELECT bool_and(pg_visible_in_snapshot(xid, seen)) AND bool_and(upto IS NULL) FROM outbox, relay"
    )
    return sent
