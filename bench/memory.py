"""What a large backlog takes of our two processes' memory, beyond what a small one takes."""

from typing import Any

from bench import history
from bench.contestants import OURS, stop
from bench.ground import Stage, fresh

SMALL = (10_000, 100_000)
VERSIONS = 10


async def growth(stage: Stage, backlog: int) -> dict[str, Any]:
    """Largest memory in MB of relay and consumer after small backlogs, and after a large one, by the same two
    processes. Each backlog is there at once, before the relay sees any of it."""
    backlogs = [*(small for small in SMALL if small < backlog), backlog - backlog % VERSIONS]
    async with fresh(stage) as ground, OURS.pair(ground) as (owner, reader):
        await reader.ask("consume")
        await owner.ask("relay")
        taken = []
        for number, size in enumerate(backlogs, start=1):
            await history.stock(ground.connection, f"backlog {number}", size // VERSIONS, VERSIONS)
            await ground.until(sum(backlogs[:number]))
            taken.append([(await child.ask("figures"))["memory"] for child in (owner, reader)])
        ledger = await ground.ledger()
        await stop(owner, reader)
    return {"backlogs": backlogs, "MB": taken, **ledger}
