"""Step 7: something dies in the middle, and the end is as if nothing had happened."""

import asyncio
import time
from typing import Any

from deploy.local.journey.stage import Stage, must, until

VICTIM = "notifications"


async def notifications_are_killed(stage: Stage) -> str:
    """A service is killed while it sends."""
    before = await stage.figures(VICTIM)
    await asyncio.to_thread(stage.context.processes.kill, VICTIM)
    return f"notifications, {_open(before)} of them open"


async def notifications_come_back(stage: Stage) -> str:
    """What died is started again."""
    began = time.perf_counter()
    await asyncio.to_thread(stage.context.processes.start, VICTIM)
    return f"ready after {time.perf_counter() - began:.1f} s"


async def nothing_was_lost(stage: Stage) -> str:
    """Nothing was lost."""
    figures = {name: await stage.figures(name) for name in ("members", "events", "matching", VICTIM)}
    must(stage.manifest.new_members, figures["members"]["members"], "members")
    must(64, figures["events"]["registrations"]["registered"], "confirmed places")

    async def settled() -> bool:
        return _open(await stage.figures(VICTIM)) == 0

    await until(settled, "no notification is open")
    ready = [await stage.doors[name].get("/readyz") for name in figures]
    must([200] * 4, [answer.status_code for answer in ready], "all four services are ready")
    return "4 services ready, nothing open"


def _open(figures: Any) -> int:
    states = figures["deliveries"].values()
    return sum(each.get("waiting", 0) + each.get("due", 0) for each in states)
