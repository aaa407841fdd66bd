"""A service is killed in the middle, and nothing is lost by it."""

import asyncio
import time
from typing import Any

from deploy.local.journey import joining, notifying, registering
from deploy.local.journey.stage import Stage, require_equal

VICTIM = "notifications"
SERVICES = ("members", "events", "matching", VICTIM)


async def notifications_are_killed(stage: Stage) -> str:
    """A service is killed while it sends."""
    before = await stage.read_statistics(VICTIM)
    await asyncio.to_thread(stage.context.processes.kill, VICTIM)
    return f"notifications, {_count_open(before)} of them open"


async def notifications_come_back(stage: Stage) -> str:
    """The killed service is started again."""
    began = time.perf_counter()
    await asyncio.to_thread(stage.context.processes.start, VICTIM)
    return f"ready after {time.perf_counter() - began:.1f} s"


async def nothing_was_lost(stage: Stage) -> str:
    """Nothing was lost."""
    await joining.require_members(stage)
    await registering.require_seats(stage)
    await notifying.require_sent(stage)
    ready = await asyncio.to_thread(stage.context.processes.read_readiness)
    require_equal([], [name for name, is_ready in ready.items() if not is_ready], "parts that aren't ready")
    return "all parts ready, nothing open"


def _count_open(statistics: Any) -> int:
    states = statistics["deliveries"].values()
    return sum(each.get("waiting", 0) + each.get("due", 0) for each in states)
