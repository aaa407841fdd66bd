"""Advisory locks: what one service locks stops its own processes, and no other service of the same database."""

import re
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import pytest

from services.members.members.email_keys import lock_addresses
from shared.postgres.locks import lock_key
from shared.postgres.pool import Tx, open_pool, transaction

ROOT = Path(__file__).parents[3]
KEY = re.compile(r"advisory\w*lock[\w{}]*\(([^()]*)")


async def lock_everything(tx: Tx) -> None:
    await tx.execute(f"SELECT pg_advisory_xact_lock({lock_key('relay')})")
    await lock_addresses(tx, ["kim@example.org", "toni@example.org"])


async def test_what_one_service_locks_stops_its_own_processes_and_no_other_service(
    dsns: Mapping[str, str],
) -> None:
    async with (
        await open_pool(dsns["members"], "members") as members,
        await open_pool(dsns["events"], "events") as events,
        transaction(members) as first,
    ):
        await lock_everything(first)
        async with transaction(events) as other:
            await other.execute("SET LOCAL lock_timeout = '100ms'")
            await lock_everything(other)
        async with transaction(members) as second:
            await second.execute("SET LOCAL lock_timeout = '100ms'")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await lock_addresses(second, ["toni@example.org"])


def test_every_key_of_a_lock_is_of_a_schema() -> None:
    sources = [path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.py")]
    keys = [key for path in sources for key in KEY.findall(path.read_text("utf-8"))]

    assert len(keys) > 5
    assert set(keys) <= {"{lock_key", "{lock_key_of", "h"}
