"""The service as a process of its own, as in production."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


@asynccontextmanager
async def serving(log: Path, *only: str, port: int = 0) -> AsyncIterator[None]:
    """These parts, with the settings of `start`, until the block ends; the log in a file."""
    parts = [word for part in only for word in ("--only", part)]
    environment = os.environ | {"ALUMNIBUS_HTTP_PORT": str(port)}
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.notifications", "serve", *parts, env=environment, stderr=file
        )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()
