"""Services that die, or are asked to end, in the middle of their work."""

import asyncio
from collections.abc import Sequence

from tests.faults.processes import Process
from tests.faults.row import Row
from tests.faults.stage import Stage

WRITER_STEPS = ("request.committing:200", "request.committed:200", "relay.saved:20", "relay.sent:20")
READER_STEPS = ("consumer.applied:50", "consumer.committed:20")


async def kill_at_each_step(stage: Stage) -> None:
    """Each has its turn to die at each of its steps: the writer before and after COMMIT, after the cursor is saved
    and after the page behind it is sent; the reader before and after the COMMIT of inbox and effects."""
    writer, reader = stage.add_writer(), stage.add_reader()
    await asyncio.gather(writer.start_and_wait(WRITER_STEPS[0]), reader.start_and_wait(READER_STEPS[0]))
    async with stage.under_load(writer), stage.inject_fault("all killed"):
        await asyncio.gather(die_at_each(writer, WRITER_STEPS[1:]), die_at_each(reader, READER_STEPS[1:]))


async def die_at_each(process: Process, failpoints: Sequence[str]) -> None:
    """Whenever it has died, start it with the next failpoint; the last time with none."""
    for failpoint in (*failpoints, ""):
        await process.wait_for_death()
        process.start_process(failpoint)


ROWS = (Row(1, "kill -9 of a service at each step", kill_at_each_step),)
