"""What is lost when the owner's process is killed in the middle of its commands."""

import asyncio
import random
from typing import Any

from bench import work
from bench.child import running_child
from bench.contestants import Contestant, stop_children
from bench.environment import ContestSetup, Environment, fresh_environment
from bench.sizes import Sizes

LIFE_SECONDS = (0.5, 1.5)


async def measure_losses(setup: ContestSetup, contestant: Contestant, sizes: Sizes) -> dict[str, Any]:
    """Some lives of the owner, each ended by kill -9 under commands; then one more that carries what is left."""
    async with (
        fresh_environment(setup) as environment,
        running_child(contestant.reader, environment.as_arguments) as reader,
    ):
        await reader.call("connect", schema=work.READER)
        await reader.call("start_consumer")
        chance = random.Random(1)
        for _ in range(sizes.kills):
            await _run_until_killed(environment, contestant, sizes.writers, chance.uniform(*LIFE_SECONDS))
        async with running_child(contestant.owner, environment.as_arguments) as owner:
            await owner.call("connect", schema=work.OWNER)
            await owner.call("start_relay")
            ledger = await environment.read_ledger()
            messages = int(
                await environment.connection.fetchval("SELECT coalesce(sum(version), 0) FROM members.card")
            )
            await stop_children(owner, reader)
    return {"kills": sizes.kills, "messages": messages, **ledger}


async def _run_until_killed(
    environment: Environment, contestant: Contestant, writers: int, seconds: float
) -> None:
    async with running_child(contestant.owner, environment.as_arguments) as owner:
        await owner.call("connect", schema=work.OWNER)
        await owner.call("start_relay")
        owner.notify("run_concurrently", writers=writers, seconds=10 * LIFE_SECONDS[1])
        await asyncio.sleep(seconds)
        await owner.kill()
