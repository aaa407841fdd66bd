"""Conditions in which relays lose, reorder or wait: early transaction ids, and a session idle in a transaction."""

from typing import Any

import asyncpg

from bench.contestants import Contestant, stop_children
from bench.environment import ContestSetup, fresh_environment
from bench.sizes import Sizes

Measurements = dict[str, Any]
EARLY = "early transaction ids"
IDLE = "a session idle in transaction"
CALM_SECONDS = 3.0


async def measure_early_ids(setup: ContestSetup, contestant: Contestant, sizes: Sizes) -> Measurements:
    """Transactions that take their ids early, and change a card that others change too last of all."""
    async with (
        fresh_environment(setup) as environment,
        contestant.running_pair(environment) as (owner, reader),
    ):
        await reader.call("start_consumer")
        await owner.call("start_relay")
        await owner.call("run_with_early_ids", writers=sizes.writers, count=sizes.conditions)
        counts = await environment.read_ledger()
        await stop_children(owner, reader)
    return {"messages": sizes.conditions, **counts}


async def measure_idle_session(setup: ContestSetup, contestant: Contestant, sizes: Sizes) -> Measurements:
    """Commands at a steady rate while another session has a transaction id and does nothing with it; `while idle`
    is how many messages arrived before it ended, which it does when none has arrived for three seconds."""
    async with (
        fresh_environment(setup) as environment,
        contestant.running_pair(environment) as (owner, reader),
    ):
        await reader.call("start_consumer")
        await owner.call("start_relay")
        idling = await asyncpg.connect(setup.servers.postgres, database=await environment.database_name())
        async with idling.transaction():
            await idling.execute("SELECT pg_current_xact_id()")
            await owner.call("run_at_rate", rate=sizes.rate, count=sizes.conditions // 2, first=0)
            meanwhile = await environment.wait_until_calm(CALM_SECONDS)
        await idling.close()
        counts = await environment.read_ledger()
        await stop_children(owner, reader)
    return {"messages": sizes.conditions // 2, "while idle": meanwhile, **counts}
