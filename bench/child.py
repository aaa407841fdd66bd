"""A contestant's process: requests and answers are lines of JSON, and it ends with its parent."""

import asyncio
import cProfile
import json
import os
import resource
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

Answer: TypeAlias = dict[str, Any]
Operation: TypeAlias = Callable[..., Awaitable[Answer | None]]
ANSWER_SECONDS = 900
LAST_LINES = 20


class Child:
    """The parent's hold on one process."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    async def call(self, operation: str, **given: Any) -> Answer:
        """Run an operation and wait for its answer. Raises RuntimeError if it fails or the process ends."""
        self.notify(operation, **given)
        stdout = self._process.stdout
        assert stdout is not None
        line = await asyncio.wait_for(stdout.readline(), ANSWER_SECONDS)
        if not line:
            last = self._log.read_text("utf-8", "replace").strip().splitlines()[-LAST_LINES:]
            raise RuntimeError("\n".join([f"a contestant ended in {operation}:", *last]))
        answer: Answer = json.loads(line)
        return answer

    def notify(self, operation: str, **given: Any) -> None:
        """Run an operation, without waiting for its answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"operation": operation, **given}).encode() + b"\n")

    async def kill(self) -> None:
        """SIGKILL, whatever it is doing."""
        self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def running_child(module: str, addresses: Mapping[str, Any]) -> AsyncIterator[Child]:
    """`python -m module` as a process of its own, which gets its addresses; it ends with the block."""
    path = Path(addresses["logs"]) / f"{module}.log"
    with path.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    child = Child(process, path)
    try:
        await child.call("begin", **addresses)
        yield child
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 15)
        except TimeoutError:
            process.kill()
            await process.wait()


async def serve_requests(operations: Callable[[Mapping[str, Any]], Mapping[str, Operation]]) -> None:
    """The child's own loop, until its parent is gone. `operations` makes its table from the addresses."""
    requests, answers = await _open_pipes()
    profiling = Profiling()
    known: dict[str, Operation] = {
        "measure_usage": measure_usage,
        "start_profile": profiling.start_profile,
        "write_profile": profiling.write_profile,
    }
    while line := await requests.readline():
        given = json.loads(line)
        operation = given.pop("operation")
        answer: Answer | None = None
        if operation == "begin":
            known |= operations(given)
        else:
            answer = await known[operation](**given)
        answers.write(json.dumps(answer or {}).encode() + b"\n")
        answers.flush()


class Profiling:
    """cProfile over all that this process does between two requests."""

    def __init__(self) -> None:
        self._profile = cProfile.Profile()

    async def start_profile(self) -> None:
        self._profile.enable()

    async def write_profile(self, path: str) -> None:
        """Write the profile to a file, as pstats reads it."""
        self._profile.disable()
        self._profile.dump_stats(path)


async def measure_usage() -> Answer:
    """What this process has taken so far: seconds of CPU, and its largest memory in MB."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}


async def _open_pipes() -> "tuple[asyncio.StreamReader, Any]":
    """Requests from standard input; answers to what was standard output, which from here on is the log."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    return reader, answers
