"""The toy service as a process of its own, which a failpoint ends by SIGKILL."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from deploy.local.ports import free_port
from deploy.local.server import Server
from shared.messaging.kafka import Kafka
from shared.runtime.service import PARTS, Part
from shared.runtime.settings import build_environment
from shared.testing.waiting import eventually

TOY = "tests.shared.toy"
CHECKOUT = Path(__file__).parents[3]
KILLED = -signal.SIGKILL


class Life:
    """One process, and a client of its API."""

    def __init__(self, process: asyncio.subprocess.Process, http: httpx.AsyncClient) -> None:
        self.process = process
        self.http = http

    async def ready(self) -> bool:
        """True when it says so; raises if it has ended before."""
        assert self.process.returncode is None, "ended before it was ready"
        try:
            return (await self.http.get("/readyz/all")).status_code == 200
        except httpx.TransportError:
            return False


@asynccontextmanager
async def serving(
    dsn: str, kafka: Kafka, failpoint: str | None = None, only: Sequence[Part] = PARTS, program: str = TOY
) -> AsyncIterator[Life]:
    """The service, ready unless it is to die; at the end of the block it is asked to end, if it still runs."""
    port = free_port()
    command = ["serve", *(f"--only={part}" for part in only)]
    process = await start(dsn, kafka, command, failpoint, port=port, program=program)
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
            life = Life(process, http)
            if failpoint is None:
                await eventually(life.ready, seconds=60)
            yield life
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def start(
    dsn: str,
    kafka: Kafka,
    command: Sequence[str],
    failpoint: str | None,
    *,
    port: int = 0,
    program: str = TOY,
) -> asyncio.subprocess.Process:
    """Start one of the service's commands."""
    environment = os.environ | {
        **build_environment(kafka),
        "ALUMNIBUS_DATABASE": dsn,
        "ALUMNIBUS_HTTP_PORT": str(port),
        "ALUMNIBUS_FAILPOINT": failpoint or "",
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", program, *command, cwd=CHECKOUT, env=environment
    )


@asynccontextmanager
async def away(server: Server) -> AsyncIterator[None]:
    """The server is killed, and there again at the end of the block."""
    await asyncio.to_thread(server.kill)
    try:
        yield
    finally:
        await asyncio.to_thread(server.restart)
