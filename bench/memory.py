"""What a large backlog takes of our two processes' memory, beyond what a small one takes."""

from typing import Any

from bench import history
from bench.contestants import OURS, stop
from bench.ground import Stage, fresh

SMALL = 10_000
VERSIONS = 10


async def growth(stage: Stage, backlog: int) -> dict[str, Any]:
    """Largest memory in MB of relay and consumer after a small backlog, and after a large one, by the same two
    processes. Each backlog is there at once, before the relay sees any of it."""
    async with fresh(stage) as ground, OURS.pair(ground) as (owner, reader):
        await reader.ask("consume")
        await owner.ask("relay")
        taken, small = [], min(SMALL, backlog)
        for total in (small, small + backlog):
            already = await ground.arrivals()
            await history.stock(ground.connection, f"{total}", (total - already) // VERSIONS, VERSIONS)
            await ground.until(total)
            taken.append([(await child.ask("figures"))["memory"] for child in (owner, reader)])
        ledger = await ground.ledger()
        await stop(owner, reader)
    grown = [large - small for small, large in zip(*taken, strict=True)]
    return {"small": small, "backlog": backlog, "MB": taken, "grown MB": grown, **ledger}
