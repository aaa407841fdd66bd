"""A proxy in front of PostgreSQL that cuts connections around a COMMIT."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from deploy.local.ports import LOOPBACK, free_port

COMMIT = b"COMMIT;\0"
# Cut before the COMMIT is passed on; at once after it; or after the server has answered, which no client gets.
Cut = Literal["unsent", "sent", "unheard"]
CHUNK = 64 * 1024
LOST = (ConnectionError, asyncio.IncompleteReadError)


class Proxy:
    """Passes everything on, except at a cut."""

    def __init__(self, dsn: str) -> None:
        self._server = urlsplit(dsn)
        self._port = free_port()
        self._next: Cut | None = None
        self._done = asyncio.Event()

    @property
    def dsn(self) -> str:
        """The DSN through the proxy."""
        account = self._server.netloc.rpartition("@")[0]
        return urlunsplit(self._server._replace(netloc=f"{account}@{LOOPBACK}:{self._port}"))

    @asynccontextmanager
    async def forwarding(self) -> AsyncIterator[None]:
        """Pass on until the block ends."""
        server = await asyncio.start_server(self._accept_client, LOOPBACK, self._port)
        try:
            yield
        finally:
            server.close()

    def arm_cut(self, how: Cut) -> None:
        """Let the next COMMIT be cut."""
        self._done.clear()
        self._next = how

    async def cut_next(self, how: Cut) -> None:
        """Return when the next COMMIT was cut."""
        self.arm_cut(how)
        await self._done.wait()

    async def _accept_client(self, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        try:
            server, ask = await asyncio.open_connection(self._server.hostname, self._server.port)
        except OSError:
            answer.close()
            return
        back = asyncio.create_task(self._forward_answers(server, answer))
        try:
            await self._forward_requests(client, ask, back)
        finally:
            back.cancel()
            for end in (ask, answer):
                end.close()

    async def _forward_requests(
        self, client: asyncio.StreamReader, ask: asyncio.StreamWriter, back: "asyncio.Task[None]"
    ) -> None:
        with suppress(*LOST):
            while chunk := await client.read(CHUNK):
                if self._next is not None and COMMIT in chunk:
                    how, self._next = self._next, None
                    await self._cut_at_commit(how, chunk, ask, back)
                    return
                ask.write(chunk)
                await ask.drain()

    async def _cut_at_commit(
        self, how: Cut, chunk: bytes, ask: asyncio.StreamWriter, back: "asyncio.Task[None]"
    ) -> None:
        if how != "unsent":
            if how == "unheard":
                back.cancel()
            ask.write(chunk)
            await ask.drain()
        if how == "unheard":
            await asyncio.sleep(0.1)
        self._done.set()

    @staticmethod
    async def _forward_answers(server: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        with suppress(*LOST):
            while chunk := await server.read(CHUNK):
                answer.write(chunk)
                await answer.drain()
        answer.close()
