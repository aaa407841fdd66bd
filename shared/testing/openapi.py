"""Any request that fits a service's interface is answered as it promises, and any other is refused."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from shared.runtime.http.connections import ClientConnection
from shared.testing.waiting import eventually

SEED = 2026
EXAMPLES = int(os.environ.get("EXAMPLES", "15"))
_COMMAND = (sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run")


async def check_interface(app: Any, *, options: Sequence[str] = ()) -> None:
    """Let schemathesis try `EXAMPLES` requests on each operation of a service that is up (`Running.app`).

    Raises AssertionError with what it found. The same seed makes the same requests. `options` are further ones of
    its command line.
    """
    async with serve_app(app) as url:
        status, found = await _run_schemathesis(f"{url}/openapi.json", options)
    assert status == 0, found


@asynccontextmanager
async def serve_app(
    app: Any, connection: type[ClientConnection] = ClientConnection, **options: Any
) -> AsyncIterator[str]:
    """The base URL of the app behind real HTTP, on a port of its own; `options` are further ones of uvicorn's."""
    # uvicorn binds by itself: on a socket made elsewhere asyncio leaves Nagle's algorithm on, 40 ms a request.
    config = uvicorn.Config(
        app, port=0, lifespan="off", log_config=None, access_log=False, http=connection, **options
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    try:
        await eventually(started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await serving


async def _run_schemathesis(url: str, options: Sequence[str]) -> tuple[int | None, str]:
    settings = ("--no-color", f"--seed={SEED}", "--generation-deterministic", "--phases=coverage,fuzzing")
    process = await asyncio.create_subprocess_exec(
        *(*_COMMAND, url, *settings, f"--max-examples={EXAMPLES}", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    return process.returncode, output.decode(errors="replace")
