"""What is seen from outside meanwhile: whether probes are answered, and how soon; the memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from deploy.local.memory import measure_megabytes
from tests.faults.processes import Process
from tests.load.wire import Answer, Wire

LOOK_SECONDS = 0.25


@dataclass
class Watch:
    """`ready` and `alive` are the answers of the probes; `megabytes` the sizes, the first from before."""

    ready: list[Answer] = field(default_factory=list)
    alive: list[Answer] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


@asynccontextmanager
async def watching(process: Process) -> AsyncIterator[Watch]:
    """Look at a process until the block ends, and once more."""
    watch, wire = Watch(), Wire(process.port)

    async def look() -> None:
        watch.megabytes.append(measure_megabytes([process.child.pid]) or 0.0)
        watch.ready.append(await wire.ask("/readyz"))
        watch.alive.append(await wire.ask("/livez"))

    async def look_on() -> None:
        while True:
            await look()
            await asyncio.sleep(LOOK_SECONDS)

    await look()
    looking = asyncio.create_task(look_on())
    try:
        yield watch
    finally:
        looking.cancel()
        await asyncio.wait([looking])
        await look()
        wire.close()
