"""Processes whose clocks are ten minutes wrong, each in another direction."""

import asyncio

from tests.faults.clock import offset, wrong_by
from tests.faults.processes import Process
from tests.faults.row import Row
from tests.faults.stage import Stage

AHEAD = 600
ROUNDS = 4
TOLERANCE = 30
LOAD_SECONDS = 10.0


async def apart(stage: Stage) -> None:
    """The door and its relay are ten minutes ahead, a second relay and the consumer ten minutes behind; the servers
    are right. Again and again all are killed and started with the other's clock, so that relays and consumers
    follow on others that live in another time."""
    writer, reader = stage.writer(), stage.reader()
    second = stage.process("second", "serve", "--only=relay")
    await asyncio.gather(*(started(p, by) for p, by in ((writer, AHEAD), (second, -AHEAD), (reader, -AHEAD))))
    async with stage.load(writer):
        await stage.settle()
        for number in range(1, ROUNDS + 1):
            by = AHEAD if number % 2 else -AHEAD
            await asyncio.sleep(LOAD_SECONDS)
            async with stage.fault(f"clocks changed ({number})"):
                await asyncio.gather(*(again(p, at) for p, at in ((writer, -by), (second, by), (reader, by))))


async def again(process: Process, seconds: int) -> None:
    """Kill it, and start it with this clock."""
    process.kill()
    await started(process, seconds)


async def started(process: Process, seconds: int) -> None:
    """Start it with a clock that is ahead by so many seconds, or behind, and see that it is."""
    process.environment = {**process.environment, **wrong_by(seconds)}
    await process.start()
    assert abs(await offset(process) - seconds) < TOLERANCE, (
        f"{process.name} has another clock than it should"
    )


ROWS = (Row(27, "clocks ten minutes ahead and behind", apart, True),)
