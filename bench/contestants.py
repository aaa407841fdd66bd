"""The contestants, and the two processes of each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bench import work
from bench.child import Child, running_child
from bench.environment import Environment


@dataclass(frozen=True)
class Contestant:
    """Its name, and the modules of its owner's and its reader's process."""

    name: str
    owner: str
    reader: str

    @asynccontextmanager
    async def running_pair(self, environment: Environment) -> AsyncIterator[tuple[Child, Child]]:
        """Both processes, connected to their schemas."""
        async with AsyncExitStack() as processes:
            owner, reader = await asyncio.gather(
                *(
                    processes.enter_async_context(running_child(m, environment.as_arguments))
                    for m in (self.owner, self.reader)
                )
            )
            await asyncio.gather(
                owner.call("connect", schema=work.OWNER), reader.call("connect", schema=work.READER)
            )
            yield owner, reader


OURS = Contestant("ours", "bench.ours", "bench.ours")
NAIVE = Contestant("naive", "bench.naive", "bench.naive")
FASTSTREAM_OUTBOX = Contestant("faststream-outbox", "bench.peers.faststream_outbox", "bench.ours")
WATERMILL = Contestant("Watermill", "bench.peers.watermill", "bench.ours")


async def stop_children(*children: Child) -> None:
    """An orderly end of what they do; the processes end with their contexts."""
    for child in children:
        await child.call("shut_down")
