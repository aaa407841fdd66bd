"""Processes whose clocks are ten minutes wrong, each in another direction."""

import asyncio

from tests.faults.clock import clock_offset, wrong_by
from tests.faults.processes import Process
from tests.faults.row import Row
from tests.faults.stage import Stage

AHEAD = 600
ROUNDS = 4
TOLERANCE = 30
LOAD_SECONDS = 10.0


async def run_with_wrong_clocks(stage: Stage) -> None:
    """The API and its relay are ten minutes ahead, a second relay and the consumer ten minutes behind; the servers
    are right. Again and again all are killed and started with the other's clock, so that relays and consumers
    follow on others that live in another time."""
    writer, reader = stage.add_writer(), stage.add_reader()
    second = stage.add_process("second", "serve", "--only=relay")
    await asyncio.gather(
        *(start_with_clock(p, by) for p, by in ((writer, AHEAD), (second, -AHEAD), (reader, -AHEAD)))
    )
    async with stage.under_load(writer):
        await stage.wait_until_settled()
        for number in range(1, ROUNDS + 1):
            by = AHEAD if number % 2 else -AHEAD
            await asyncio.sleep(LOAD_SECONDS)
            async with stage.inject_fault(f"clocks changed ({number})"):
                await asyncio.gather(
                    *(restart_with_clock(p, at) for p, at in ((writer, -by), (second, by), (reader, by)))
                )


async def restart_with_clock(process: Process, seconds: int) -> None:
    """Kill it, and start it with this clock."""
    process.kill()
    await start_with_clock(process, seconds)


async def start_with_clock(process: Process, seconds: int) -> None:
    """Start it with a clock that is ahead by so many seconds, or behind, and see that it is."""
    process.environment = {**process.environment, **wrong_by(seconds)}
    await process.start_and_wait()
    assert abs(await clock_offset(process) - seconds) < TOLERANCE, (
        f"{process.name} has another clock than it should"
    )


ROWS = (Row(27, "clocks ten minutes ahead and behind", run_with_wrong_clocks, True),)
