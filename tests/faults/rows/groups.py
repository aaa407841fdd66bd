"""A group of consumers that never comes to rest."""

import asyncio
from itertools import cycle, islice

from tests.faults.processes import Process
from tests.faults.row import Row
from tests.faults.service.entries import ACCOUNT
from tests.faults.stage import Stage

GUESTS = 5
TURNS = 30
TURN_SECONDS = 2.0


async def rebalance_again_and_again(stage: Stage) -> None:
    """Every two seconds for a minute a consumer comes or goes, beside a crowd of as many as there are partitions."""
    writer, _ = await stage.start_both()
    crowd = stage.add_process("crowd", str(ACCOUNT.partitions), program=("tests.faults.crowd",))
    guests = [stage.add_reader(f"guest{number}") for number in range(GUESTS)]
    async with stage.under_load(writer):
        before = await count_effects(stage)
        async with stage.inject_fault("consumers come and go"):
            crowd.start_process()
            for guest in islice(cycle(guests), TURNS):
                come_or_go(guest)
                await asyncio.sleep(TURN_SECONDS)
            stage.measurements["effects meanwhile"] = await count_effects(stage) - before
            await crowd.stop()
        for guest in guests:
            await guest.stop()


def come_or_go(guest: Process) -> None:
    """Whoever is still about to go gets another turn for it."""
    if guest.wanted:
        guest.wanted = False
        guest.child.ask_to_end()
    elif not guest.is_running:
        guest.start_process()


async def count_effects(stage: Stage) -> int:
    return int(await stage.pool.fetchval("SELECT count(*) FROM effect"))


ROWS = (
    Row(
        9,
        "consumers come and go every two seconds for a minute, more than partitions",
        rebalance_again_and_again,
        gentle=True,
    ),
)
