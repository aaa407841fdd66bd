"""The contestants, and the two processes of each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bench import work
from bench.child import Child, started
from bench.ground import Ground


@dataclass(frozen=True)
class Contestant:
    """Its name, and the modules of its owner's and its reader's process."""

    name: str
    owner: str
    reader: str

    @asynccontextmanager
    async def pair(self, ground: Ground) -> AsyncIterator[tuple[Child, Child]]:
        """Both processes, connected to their schemas."""
        async with AsyncExitStack() as processes:
            owner, reader = await asyncio.gather(
                *(processes.enter_async_context(started(m, ground.told)) for m in (self.owner, self.reader))
            )
            await asyncio.gather(owner.ask("open", schema=work.OWNER), reader.ask("open", schema=work.READER))
            yield owner, reader


OURS = Contestant("ours", "bench.ours", "bench.ours")
NAIVE = Contestant("naive", "bench.naive", "bench.naive")
FASTSTREAM_OUTBOX = Contestant("faststream-outbox", "bench.peers.faststream_outbox", "bench.ours")
WATERMILL = Contestant("Watermill", "bench.peers.watermill", "bench.ours")


async def stop(*children: Child) -> None:
    """An orderly end of what they do; the processes end with their contexts."""
    for child in children:
        await child.ask("stop")
