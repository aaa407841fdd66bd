"""A transaction is whole or nothing, however its block ends."""

import asyncio

import pytest

from shared.postgres.pool import Pool, transaction
from tests.shared.toy import tallies
from tests.shared.toy.parts import count_up


@pytest.mark.parametrize("error", [ValueError, TimeoutError, asyncio.CancelledError])
async def test_what_a_block_has_written_is_undone_whatever_it_raises(
    pool: Pool, error: type[BaseException]
) -> None:
    async def fail() -> None:
        async with transaction(pool) as tx:
            assert await tallies.count_up(tx, "a") == 2
            raise error

    await count_up(pool, "a")
    with pytest.raises(error):
        await fail()

    async with transaction(pool) as tx:
        assert await tallies.count_up(tx, "a") == 2
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 2
