"""A contestant's process: it is asked by lines of JSON, answers by lines of JSON, and ends with its parent."""

import asyncio
import cProfile
import json
import os
import resource
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

Answer: TypeAlias = dict[str, Any]
Verb: TypeAlias = Callable[..., Awaitable[Answer | None]]
ANSWER_SECONDS = 600


class Child:
    """The parent's hold on one process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, verb: str, **given: Any) -> Answer:
        """Let it do something, and wait for the answer. Raises RuntimeError if it fails or ends."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps({"verb": verb, **given}).encode() + b"\n")
        line = await asyncio.wait_for(stdout.readline(), ANSWER_SECONDS)
        if not line:
            raise RuntimeError(f"a contestant ended while it was asked to {verb}; its log says why")
        answer: Answer = json.loads(line)
        return answer


@asynccontextmanager
async def started(module: str, place: Mapping[str, Any]) -> AsyncIterator[Child]:
    """`python -m module` as a process of its own, which knows its place; it ends with the block."""
    with (Path(place["logs"]) / f"{module}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    child = Child(process)
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
    """The child's own loop, until its parent is gone. `verbs` makes the table of what it can do from its place.

    BENCH_PROFILE names a folder for cProfile's figures of each process.
    """
    requests, answers = await _pipes()
    known: dict[str, Verb] = {"figures": figures}
    profile, folder = cProfile.Profile(), os.environ.get("BENCH_PROFILE")
    while line := await requests.readline():
        given = json.loads(line)
        verb = given.pop("verb")
        if verb == "begin":
            known |= verbs(given)
            if folder:
                profile.enable()
            answer: Answer | None = None
        else:
            answer = await known[verb](**given)
        answers.write(json.dumps(answer or {}).encode() + b"\n")
        answers.flush()
    if folder:
        profile.disable()
        profile.dump_stats(f"{folder}/{Path(sys.argv[0]).stem}-{time.time_ns()}.prof")


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
