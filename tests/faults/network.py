"""A network in front of one server, that is slow, cut, or silent: it takes connections and answers nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

from deploy.local.ports import LOOPBACK, free_port

CHUNK = 64 * 1024


class Connection:
    """One connection, in both directions."""

    def __init__(self, network: "Network", *ends: asyncio.StreamWriter) -> None:
        self._network = network
        self._ends = ends
        self.dead = False

    async def carry_direction(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        """Carry one direction until it ends. A dead line carries nothing on, its end neither."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivering = asyncio.create_task(self._deliver_chunks(under_way, target))
        clock = asyncio.get_running_loop()
        try:
            while chunk := await source.read(CHUNK):
                under_way.put_nowait((clock.time() + self._network.delay, chunk))
            under_way.put_nowait((clock.time() + self._network.delay, b""))
            await delivering
        except OSError:
            self.close_ends()
        finally:
            delivering.cancel()

    async def _deliver_chunks(
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
                return self.close_ends()

    def close_ends(self) -> None:
        """Hang up on both sides, unless the line is dead."""
        if not self.dead:
            for end in self._ends:
                end.close()

    def abort_ends(self) -> None:
        """Hang up on both sides at once, with a reset for both."""
        for end in self._ends:
            end.transport.abort()


class Network:
    """Clients reach a server by `address`, well until it is disturbed. `delay` is in seconds and for each
    direction."""

    def __init__(self) -> None:
        self.port = free_port()
        self.delay = 0.0
        self._server = 0
        self._connections: set[Connection] = set()
        self._silent = False
        self._listener: asyncio.Server | None = None

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def route_dsn(self, direct: str) -> str:
        """The same DSN through this network."""
        parts = urlsplit(direct)
        return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@{self.address}"))

    @asynccontextmanager
    async def forwarding_to(self, server: int) -> AsyncIterator[None]:
        """Lead to the server on this port, until the block ends."""
        self._server = server
        await self._start_listening()
        try:
            yield
        finally:
            self._stop_listening()

    @asynccontextmanager
    async def slowed_down(self, seconds: float) -> AsyncIterator[None]:
        """Each direction takes this long."""
        self.delay = seconds
        try:
            yield
        finally:
            self.delay = 0.0

    @asynccontextmanager
    async def cut_off(self) -> AsyncIterator[None]:
        """All connections are reset, new ones refused."""
        self._stop_listening()
        try:
            yield
        finally:
            await self._start_listening()

    @asynccontextmanager
    async def gone_silent(self) -> AsyncIterator[None]:
        """Nothing comes through and no side is notified, of new connections neither. Those that were open in this time
        stay dead for ever, as if a router on the way had forgotten them: both sides must find out by themselves."""
        self._silent = True
        for line in self._connections:
            line.dead = True
        try:
            yield
        finally:
            self._silent = False

    async def _start_listening(self) -> None:
        self._listener = await asyncio.start_server(self._accept_client, LOOPBACK, self.port)

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
        for line in self._connections:
            line.abort_ends()

    async def _accept_client(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        line = Connection(self, answer)
        line.dead = self._silent
        self._connections.add(line)
        if self._silent:
            return
        try:
            server, ask = await asyncio.open_connection(LOOPBACK, self._server)
        except OSError:
            line.abort_ends()
            self._connections.discard(line)
            return
        self._connections.discard(line)
        await self._carry_both(Connection(self, ask, answer), (client, ask), (server, answer))

    async def _carry_both(
        self, line: Connection, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    ) -> None:
        line.dead = self._silent
        self._connections.add(line)
        await asyncio.gather(
            *(line.carry_direction(source, target) for source, target in ways), return_exceptions=True
        )
        if not line.dead:
            self._connections.discard(line)
