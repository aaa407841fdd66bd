"""A relay whose cursor is lost sends all that is kept again, and goes on from there."""

from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from shared.testing.kafka import read_records
from shared.testing.waiting import eventually
from tests.shared.toy.parts import consuming, count_up, effects, relaying, took_effect
from tests.shared.toy.tallies import TALLY


async def ids(kafka: Kafka) -> list[bytes]:
    return [dict(record.headers)["ce_id"] for record in await read_records(kafka, TALLY.name)]


async def test_a_lost_cursor_is_made_anew_beyond_all_epochs_and_receivers_drop_what_they_know(
    dsn: str, pool: Pool, corner: Kafka
) -> None:
    async with consuming(pool, corner), relaying(dsn, corner):
        await count_up(pool, "a", 3)
        await took_effect(pool, {"a": [1, 2, 3]})
        before = await pool.fetchval("SELECT epoch FROM relay")

        await pool.execute("DELETE FROM relay")
        await count_up(pool, "a")
        await took_effect(pool, {"a": [1, 2, 3, 4]})

        async def sent_again() -> bool:
            return len(await ids(corner)) == 7

        await eventually(sent_again)

    assert len(set(await ids(corner))) == 4
    assert await effects(pool) == {"a": [1, 2, 3, 4]}
    assert await pool.fetchval("SELECT epoch FROM relay") > before + 1_000_000
