"""A started server: its address, its process, and what a fault test does to it."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from deploy.local.children import Child, Children, Program
from deploy.local.failure import Failed, build_failure

Result = TypeVar("Result")

START_LIMIT = 60.0
STOP_GRACE = 15.0


def run_in_thread(work: Coroutine[Any, Any, Result]) -> Result:
    """Run it to its end in a thread of its own, so that callers may have a running event loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


class Server:
    """One server on a port and a data folder that stay the same through every restart."""

    def __init__(
        self, children: Children, program: Program, address: str, answers: Callable[[], bool]
    ) -> None:
        """`answers` asks the server a real question."""
        self.address = address
        self._children = children
        self._program = program
        self._answers = answers
        self._child = children.start(program)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def child(self) -> Child:
        return self._child

    def wait_until_ready(self, limit: float = START_LIMIT) -> None:
        """Return when it answers; `Failed` with its last log lines if it doesn't."""
        self._child.wait_until(self._answers, limit)

    def check_running(self) -> None:
        """`Failed` if it has ended."""
        if not self._child.is_running:
            code = self._child.exit_code
            raise build_failure(f"{self._child.name} ended on its own (exit code {code})", self._child.log)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._child.kill()

    def stop(self) -> None:
        """An orderly end."""
        self._child.stop(STOP_GRACE)

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing answers."""
        self._child.pause()

    def resume(self) -> None:
        self._child.resume()

    def restart(self, limit: float = START_LIMIT) -> None:
        """Start it again (ending it in order if it runs) and wait until it answers."""
        if self._child.is_running:
            self.stop()
        self.start_again()
        self.wait_until_ready(limit)

    def start_again(self) -> None:
        """Start the ended server without waiting for its answer."""
        self._child = self._children.start(self._program)


def require_answer(variable: str, answers: Callable[[], bool]) -> None:
    """`Failed` if the server that somebody else runs doesn't answer."""
    if not answers():
        raise Failed(f"No answer from the server that {variable} names: check it, or unset {variable}.")
