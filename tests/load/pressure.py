"""Ways to ask: clients that each wait for their answer, a rate whatever is answered, connections that say nothing."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from deploy.local.ports import LOOPBACK
from tests.load.wire import Answer, Wire

# So many connections a proxy in front keeps at most, each for one request at a time.
MOST_AT_ONCE = 512
HALF_REQUESTS = (
    b"GET / HTTP/1.1\r\nHost: x",
    b"POST /members HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{",
)


async def ask_in_turn(wire: Wire, paths: Sequence[str], clients: int, seconds: float) -> list[Answer]:
    """Clients that ask again as soon as they are answered."""
    answers: list[Answer] = []
    loop, turn = asyncio.get_running_loop(), itertools.cycle(paths)
    until = loop.time() + seconds

    async def ask_on() -> None:
        while loop.time() < until:
            answers.append(await wire.ask(next(turn)))

    await asyncio.gather(*(ask_on() for _ in range(clients)))
    return answers


async def ask_at_rate(wire: Wire, paths: Sequence[str], rate: float, seconds: float) -> list[Answer]:
    """So many a second, whether they are answered or not, as long as a connection is free for them."""
    answers: list[Answer] = []
    loop, asking = asyncio.get_running_loop(), set[asyncio.Task[None]]()
    begun, asked = loop.time(), 0

    async def ask_once(path: str) -> None:
        answers.append(await wire.ask(path))

    while (passed := loop.time() - begun) < seconds:
        while asked < passed * rate and len(asking) < MOST_AT_ONCE:
            task = asyncio.create_task(ask_once(paths[asked % len(paths)]))
            asking.add(task)
            task.add_done_callback(asking.discard)
            asked += 1
        await asyncio.sleep(0.002)
    await asyncio.gather(*asking)
    return answers


@asynccontextmanager
async def silent_connections(port: int, count: int) -> AsyncIterator[None]:
    """Connections that end in the middle of a head or of a body, and stay."""
    writers = []
    for number in range(count):
        _, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(HALF_REQUESTS[number % 2])
        writers.append(writer)
    try:
        yield
    finally:
        for writer in writers:
            writer.close()
