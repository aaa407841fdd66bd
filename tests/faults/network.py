"""A network in front of one server, that is slow, cut, or silent: it takes connections and answers nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

from deploy.local.ports import LOOPBACK, free_port

CHUNK = 64 * 1024


class Line:
    """One connection, in both directions."""

    def __init__(self, network: "Network", *ends: asyncio.StreamWriter) -> None:
        self._network = network
        self._ends = ends
        self.dead = False

    async def carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Carry one direction until it ends. A dead line carries nothing on, its end neither."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivering = asyncio.create_task(self._deliver(under_way, target))
        clock = asyncio.get_running_loop()
        try:
            while chunk := await source.read(CHUNK):
                under_way.put_nowait((clock.time() + self._network.delay, chunk))
            under_way.put_nowait((clock.time() + self._network.delay, b""))
            await delivering
        except OSError:
            self.close()
        finally:
            delivering.cancel()

    async def _deliver(
        self, under_way: asyncio.Queue[tuple[float, bytes]], target: asyncio.StreamWriter
    ) -> None:
        clock = asyncio.get_running_loop()
        while True:
            due, chunk = await under_way.get()
            await asyncio.sleep(due - clock.time())
            if not self.dead:
                target.write(chunk)
                await target.drain()
            if not chunk:
                return self.close()

    def close(self) -> None:
        """Hang up on both sides, unless the line is dead."""
        if not self.dead:
            for end in self._ends:
                end.close()

    def cut(self) -> None:
        """Hang up on both sides at once, with a word to both."""
        for end in self._ends:
            end.transport.abort()


class Network:
    """Clients reach a server by `address`, well until they are told otherwise. `delay` is in seconds and for each
    direction."""

    def __init__(self) -> None:
        self.port = free_port()
        self.delay = 0.0
        self._server = 0
        self._lines: set[Line] = set()
        self._silent = False
        self._door: asyncio.Server | None = None

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def dsn(self, direct: str) -> str:
        """The same DSN by way of this network."""
        parts = urlsplit(direct)
        return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@{self.address}"))

    @asynccontextmanager
    async def passing(self, server: int) -> AsyncIterator[None]:
        """Lead to the server on this port, until the block ends."""
        self._server = server
        await self._open()
        try:
            yield
        finally:
            self._close()

    @asynccontextmanager
    async def slow(self, seconds: float) -> AsyncIterator[None]:
        """Each direction takes this long."""
        self.delay = seconds
        try:
            yield
        finally:
            self.delay = 0.0

    @asynccontextmanager
    async def cut(self) -> AsyncIterator[None]:
        """All connections are reset, new ones refused."""
        self._close()
        try:
            yield
        finally:
            await self._open()

    @asynccontextmanager
    async def silent(self) -> AsyncIterator[None]:
        """Nothing comes through and nobody is told, of new connections neither. Those that were open in this time
        stay dead for ever, as if a router on the way had forgotten them: both sides must find out by themselves."""
        self._silent = True
        for line in self._lines:
            line.dead = True
        try:
            yield
        finally:
            self._silent = False

    async def _open(self) -> None:
        self._door = await asyncio.start_server(self._connected, LOOPBACK, self.port)

    def _close(self) -> None:
        if self._door is not None:
            self._door.close()
        for line in self._lines:
            line.cut()

    async def _connected(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        line = Line(self, answer)
        line.dead = self._silent
        self._lines.add(line)
        if self._silent:
            return
        try:
            server, ask = await asyncio.open_connection(LOOPBACK, self._server)
        except OSError:
            line.cut()
            self._lines.discard(line)
            return
        self._lines.discard(line)
        await self._carry(Line(self, ask, answer), (client, ask), (server, answer))

    async def _carry(self, line: Line, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        line.dead = self._silent
        self._lines.add(line)
        await asyncio.gather(*(line.carry(source, target) for source, target in ways), return_exceptions=True)
        if not line.dead:
            self._lines.discard(line)
