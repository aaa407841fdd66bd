"""Services that die, or are asked to end, in the middle of their work."""

import asyncio
from collections.abc import Sequence

from tests.faults.processes import Process
from tests.faults.row import Row
from tests.faults.stage import Stage

WRITER_STEPS = ("request.committing:200", "request.committed:200", "relay.saved:20", "relay.sent:20")
READER_STEPS = ("consumer.applied:50", "consumer.committed:20")


async def killed(stage: Stage) -> None:
    """Each has its turn to die at each of its steps: the writer before and after COMMIT, after the cursor is noted
    and after the page behind it is sent; the reader before and after the COMMIT of inbox and effects."""
    writer, reader = stage.writer(), stage.reader()
    await asyncio.gather(writer.start(WRITER_STEPS[0]), reader.start(READER_STEPS[0]))
    async with stage.load(writer), stage.fault("all killed"):
        await asyncio.gather(dying(writer, WRITER_STEPS[1:]), dying(reader, READER_STEPS[1:]))


async def dying(process: Process, failpoints: Sequence[str]) -> None:
    """Whenever it has died, start it with the next failpoint; the last time with none."""
    for failpoint in (*failpoints, ""):
        await process.die()
        process.begin(failpoint)


ROWS = (Row(1, "kill -9 of a service at each step", killed),)
