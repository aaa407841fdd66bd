"""What a large backlog takes of our two processes' memory, beyond what a small one takes."""

from typing import Any

from bench import history
from bench.contestants import OURS, stop_children
from bench.environment import ContestSetup, fresh_environment

SMALL = (10_000, 100_000)
VERSIONS = 10


async def measure_growth(setup: ContestSetup, backlog: int) -> dict[str, Any]:
    """Largest memory in MB of relay and consumer after small backlogs, and after a large one, by the same two
    processes. Each backlog is there at once, before the relay sees any of it."""
    backlogs = [*(small for small in SMALL if small < backlog), backlog - backlog % VERSIONS]
    async with fresh_environment(setup) as environment, OURS.running_pair(environment) as (owner, reader):
        await reader.call("start_consumer")
        await owner.call("start_relay")
        taken = []
        for number, size in enumerate(backlogs, start=1):
            await history.insert_backlog(
                environment.connection, f"backlog {number}", size // VERSIONS, VERSIONS
            )
            await environment.wait_for_arrivals(sum(backlogs[:number]))
            taken.append([(await child.call("measure_usage"))["memory"] for child in (owner, reader)])
        ledger = await environment.read_ledger()
        await stop_children(owner, reader)
    return {"backlogs": backlogs, "MB": taken, **ledger}
