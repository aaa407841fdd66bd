"""Processes of the service: started, killed, paused, and started again on the same port."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from deploy.local.children import Child, Children, Program
from deploy.local.home import CHECKOUT
from deploy.local.ports import LOOPBACK, free_port
from shared.testing.waiting import eventually

SERVICE = ("tests.faults.service",)
READY_SECONDS = 60.0
END_SECONDS = 40.0


@dataclass
class Process:
    """One process. `program` is a module and its first arguments, `arguments` are the service's own.

    `wanted`: it should run; one that is wanted and doesn't run at the end of a row is stuck.
    """

    name: str
    children: Children
    log: Path
    program: Sequence[str]
    arguments: Sequence[str]
    environment: Mapping[str, str]
    port: int = field(default_factory=free_port)
    wanted: bool = False
    _child: Child | None = None

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def child(self) -> Child:
        """Raises AssertionError before the first start."""
        assert self._child is not None, f"{self.name} was never started"
        return self._child

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.is_running

    def start_process(self, failpoint: str = "") -> None:
        """Start it (again), to die at the failpoint if one is given."""
        environment = {
            **os.environ,
            **self.environment,
            "ALUMNIBUS_HTTP_PORT": str(self.port),
            "ALUMNIBUS_FAILPOINT": failpoint,
        }
        command = (sys.executable, "-m", *self.program, *self.arguments)
        self._child = self.children.start(Program(self.name, command, self.log, CHECKOUT, environment))
        self.wanted = True

    async def start_and_wait(self, failpoint: str = "") -> None:
        """Start it (again); returns when it is ready, or is dead by its failpoint."""
        self.start_process(failpoint)
        await eventually(self._ready_or_dead, seconds=READY_SECONDS)
        assert failpoint or self.child.is_running, (
            f"{self.name} ended while it started; its log is {self.log}"
        )

    async def is_ready(self) -> bool:
        """Whether `/readyz/all` answers 200."""
        try:
            async with httpx.AsyncClient(base_url=self.base_url, timeout=5) as http:
                return (await http.get("/readyz/all")).status_code == 200
        except httpx.TransportError:
            return False

    async def _ready_or_dead(self) -> bool:
        return not self.child.is_running or await self.is_ready()

    def kill(self) -> None:
        """SIGKILL."""
        self.wanted = False
        self.child.kill()

    def pause(self) -> None:
        """SIGSTOP."""
        self.child.pause()

    def resume(self) -> None:
        self.child.resume()

    async def stop(self) -> int:
        """SIGTERM, if it runs; returns the exit code. Raises AssertionError if it doesn't end."""
        self.wanted = False
        self.child.ask_to_end()
        return await self.wait_for_end()

    async def wait_for_end(self, seconds: float = END_SECONDS) -> int:
        """Its exit code, when it has ended. Raises AssertionError if it doesn't."""

        async def has_ended() -> bool:
            return not self.child.is_running

        await eventually(has_ended, seconds=seconds)
        self.wanted = False
        return self.child.exit_code or 0

    async def wait_for_death(self) -> None:
        """Return when its failpoint has killed it. Raises AssertionError if it lives on, or ended otherwise."""
        code = await self.wait_for_end()
        assert code == -signal.SIGKILL, f"{self.name} ended with {code}, not by its failpoint"

    def kill_unwanted(self) -> None:
        """Let it be dead, whatever it is now."""
        self.wanted = False
        if self._child is not None:
            self._child.kill()
