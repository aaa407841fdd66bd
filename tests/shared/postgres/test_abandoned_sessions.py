"""A service that falls silent holds up nobody for long."""

import pytest

from shared.postgres import pool as pools
from shared.postgres.pool import Pool, open_pool
from shared.postgres.transient import is_transient
from tests.shared.toy.parts import SCHEMA, count_up


async def test_what_a_silent_service_holds_is_free_again_after_a_while(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pools.ABANDONED_SESSION_LIMITS, "idle_in_transaction_session_timeout", "1s")
    await count_up(pool, "a")
    async with await open_pool(dsn, SCHEMA) as silent, silent.acquire() as session:
        await session.execute("BEGIN; SELECT FROM tally WHERE tally = 'a' FOR UPDATE")
        await count_up(pool, "a")
        with pytest.raises(Exception) as gone:  # noqa: PT011 - whichever the driver makes of it
            await session.execute("COMMIT")
        assert is_transient(gone.value)


async def test_who_waits_for_it_gives_up_before_it_would_be_the_next_to_hold_it(
    dsn: str, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pools.ABANDONED_SESSION_LIMITS, "lock_timeout", "200ms")
    await count_up(pool, "a")
    async with await open_pool(dsn, SCHEMA) as waiting, pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM tally WHERE tally = 'a' FOR UPDATE")
        with pytest.raises(Exception) as given_up:  # noqa: PT011 - as above
            await count_up(waiting, "a")
        assert is_transient(given_up.value)
