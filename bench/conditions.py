"""Conditions in which relays lose, invert or wait: early transaction ids, and a session that idles in a transaction."""

from typing import Any

import asyncpg

from bench.contestants import Contestant, stop
from bench.ground import Stage, fresh
from bench.sizes import Sizes

Figures = dict[str, Any]
EARLY = "early transaction ids"
IDLE = "a session idle in transaction"
CALM_SECONDS = 3.0


async def early(stage: Stage, contestant: Contestant, sizes: Sizes) -> Figures:
    """Transactions that take their ids early, and change a card that others change too last of all."""
    async with fresh(stage) as ground, contestant.pair(ground) as (owner, reader):
        await reader.ask("consume")
        await owner.ask("relay")
        await owner.ask("early", writers=sizes.writers, count=sizes.conditions)
        counts = await ground.ledger()
        await stop(owner, reader)
    return {"messages": sizes.conditions, **counts}


async def idle(stage: Stage, contestant: Contestant, sizes: Sizes) -> Figures:
    """Commands at a steady rate while another session has a transaction id and does nothing with it; `while idle`
    is how many messages arrived before it ended, which it does when none has arrived for three seconds."""
    async with fresh(stage) as ground, contestant.pair(ground) as (owner, reader):
        await reader.ask("consume")
        await owner.ask("relay")
        idling = await asyncpg.connect(stage.servers.postgres, database=await ground.database())
        async with idling.transaction():
            await idling.execute("SELECT pg_current_xact_id()")
            await owner.ask("steadily", rate=sizes.rate, count=sizes.conditions // 2, first=0)
            meanwhile = await ground.calm(CALM_SECONDS)
        await idling.close()
        counts = await ground.ledger()
        await stop(owner, reader)
    return {"messages": sizes.conditions // 2, "while idle": meanwhile, **counts}
