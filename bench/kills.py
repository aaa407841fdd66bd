"""What is lost when the owner's process is killed in the middle of its commands."""

import asyncio
import random
from typing import Any

from bench import work
from bench.child import started
from bench.contestants import Contestant, stop
from bench.ground import Ground, Stage, fresh
from bench.sizes import Sizes

LIFE_SECONDS = (0.5, 1.5)


async def losses(stage: Stage, contestant: Contestant, sizes: Sizes) -> dict[str, Any]:
    """Some lives of the owner, each ended by kill -9 under commands; then one more that carries what is left."""
    async with fresh(stage) as ground, started(contestant.reader, ground.told) as reader:
        await reader.ask("open", schema=work.READER)
        await reader.ask("consume")
        chance = random.Random(1)
        for _ in range(sizes.kills):
            await _life(ground, contestant, sizes.writers, chance.uniform(*LIFE_SECONDS))
        async with started(contestant.owner, ground.told) as owner:
            await owner.ask("open", schema=work.OWNER)
            await owner.ask("relay")
            ledger = await ground.ledger()
            messages = int(
                await ground.connection.fetchval("SELECT coalesce(sum(version), 0) FROM members.card")
            )
            await stop(owner, reader)
    return {"kills": sizes.kills, "messages": messages, **ledger}


async def _life(ground: Ground, contestant: Contestant, writers: int, seconds: float) -> None:
    async with started(contestant.owner, ground.told) as owner:
        await owner.ask("open", schema=work.OWNER)
        await owner.ask("relay")
        owner.tell("together", writers=writers, seconds=10 * LIFE_SECONDS[1])
        await asyncio.sleep(seconds)
        await owner.kill()
