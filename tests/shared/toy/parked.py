"""Keys of the toy service that are parked, and what waits behind them."""

from typing import Any

from shared.messaging.consumer import parking
from shared.messaging.consumer.parking import ParkedKey
from shared.postgres.pool import Pool, transaction
from tests.shared.toy.tallies import TALLY

A = ParkedKey(TALLY.name, "a")
OTHERS = {"b": [1, 2], "c": [1]}


async def bar(pool: Pool, *keys: str) -> None:
    await pool.executemany("INSERT INTO barred VALUES ($1)", [(key,) for key in keys])


async def unbar(pool: Pool, key: str) -> None:
    await pool.execute("DELETE FROM barred WHERE key = $1", key)


async def waiting(pool: Pool) -> list[tuple[str, int]]:
    """Keys and offsets of what waits, in the order in which it would be applied."""
    rows = await pool.fetch("SELECT key, record_offset FROM parked ORDER BY key, id")
    return [(row["key"], row["record_offset"]) for row in rows]


async def shown(pool: Pool) -> list[dict[str, Any]]:
    async with transaction(pool) as tx:
        [cause] = await parking.list_causes(tx)
        return [dict(row) for row in await parking.list_keys(tx, cause["fingerprint"])]
