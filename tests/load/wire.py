"""A client of HTTP/1.1 that costs hardly anything, so that what is measured is the service."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from deploy.local.ports import LOOPBACK
from tests.faults.platform.signed_in import HEADERS

ANSWER_SECONDS = 10.0


class Answer(NamedTuple):
    """`name`: "ok", or of what the answer complains; `seconds` from the asking to the last byte."""

    name: str
    seconds: float


@dataclass
class Wire:
    """Connections to one port, kept open; each carries one request at a time, with these headers."""

    port: int
    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def ask(self, path: str) -> Answer:
        """One request, on a connection that is idle or new."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                name = await self._exchange(path)
        except TimeoutError:
            name = "no answer"
        except (OSError, asyncio.IncompleteReadError):
            name = "disconnected"
        return Answer(name, time.monotonic() - started)

    async def _exchange(self, path: str) -> str:
        connection = self.idle.pop() if self.idle else await asyncio.open_connection(LOOPBACK, self.port)
        reader, writer = connection
        try:
            headers = {"Host": f"{LOOPBACK}:{self.port}", **self.headers}
            lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            status, body, stays = await _read_answer(reader)
        except BaseException:
            writer.close()
            raise
        if stays:
            self.idle.append(connection)
        else:
            writer.close()
        return "ok" if status == 200 else _problem_name(status, body)

    def close(self) -> None:
        """Hang up."""
        while self.idle:
            self.idle.pop()[1].close()


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    """Status, body, and whether the connection stays open."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    return int(head[9:12]), await reader.readexactly(length), b"connection: close" not in head


def _problem_name(status: int, body: bytes) -> str:
    try:
        return str(json.loads(body)["type"]).rpartition("/")[2]
    except (ValueError, KeyError, TypeError):
        return f"status {status}"
