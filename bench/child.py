"""A contestant's process: it is asked by lines of JSON, answers by lines of JSON, and ends with its parent."""

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
Verb: TypeAlias = Callable[..., Awaitable[Answer | None]]
ANSWER_SECONDS = 900
LAST_LINES = 20


class Child:
    """The parent's hold on one process."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    async def ask(self, verb: str, **given: Any) -> Answer:
        """Let it do something, and wait for the answer. Raises RuntimeError if it fails or ends."""
        self.tell(verb, **given)
        stdout = self._process.stdout
        assert stdout is not None
        line = await asyncio.wait_for(stdout.readline(), ANSWER_SECONDS)
        if not line:
            last = self._log.read_text("utf-8", "replace").strip().splitlines()[-LAST_LINES:]
            raise RuntimeError("\n".join([f"a contestant ended while it was asked to {verb}:", *last]))
        answer: Answer = json.loads(line)
        return answer

    def tell(self, verb: str, **given: Any) -> None:
        """Let it do something, and wait for nothing."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"verb": verb, **given}).encode() + b"\n")

    async def kill(self) -> None:
        """SIGKILL, whatever it is doing."""
        self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def started(module: str, place: Mapping[str, Any]) -> AsyncIterator[Child]:
    """`python -m module` as a process of its own, which knows its place; it ends with the block."""
    path = Path(place["logs"]) / f"{module}.log"
    with path.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    child = Child(process, path)
    try:
        await child.ask("begin", **place)
        yield child
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 15)
        except TimeoutError:
            process.kill()
            await process.wait()


async def obey(verbs: Callable[[Mapping[str, Any]], Mapping[str, Verb]]) -> None:
    """The child's own loop, until its parent is gone. `verbs` makes the table of what it can do from its place."""
    requests, answers = await _pipes()
    profiling = Profiling()
    known: dict[str, Verb] = {"figures": figures, "profile": profiling.begin, "profiled": profiling.end}
    while line := await requests.readline():
        given = json.loads(line)
        verb = given.pop("verb")
        answer: Answer | None = None
        if verb == "begin":
            known |= verbs(given)
        else:
            answer = await known[verb](**given)
        answers.write(json.dumps(answer or {}).encode() + b"\n")
        answers.flush()


class Profiling:
    """cProfile over all that this process does between two requests."""

    def __init__(self) -> None:
        self._profile = cProfile.Profile()

    async def begin(self) -> None:
        self._profile.enable()

    async def end(self, path: str) -> None:
        """Write the figures to a file, as pstats reads them."""
        self._profile.disable()
        self._profile.dump_stats(path)


async def figures() -> Answer:
    """What this process has taken so far: seconds of CPU, and its largest memory in MB."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 1024}


async def _pipes() -> "tuple[asyncio.StreamReader, Any]":
    """Requests from standard input; answers to what was standard output, which from here on is the log."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    return reader, answers
