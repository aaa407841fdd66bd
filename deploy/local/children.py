"""Processes that never outlive the launcher: started behind a gate, watched, paused, stopped, killed."""

import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from deploy.local import watcher
from deploy.local.failure import Failed, build_failure

Result = TypeVar("Result")

# The child waits at the gate until the watcher knows it, so there is no moment in which it could be orphaned.
GATE = ("/bin/sh", "-c", 'read -r go && exec "$@" </dev/null', "sh")


@dataclass(frozen=True)
class Program:
    """What to run: `ending` is the signal that asks for an orderly end, `account` another user to run as."""

    name: str
    command: Sequence[str]
    log: Path
    folder: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    ending: signal.Signals = signal.SIGTERM
    account: pwd.struct_passwd | None = None


class Child:
    """One started process and its log."""

    def __init__(
        self, program: Program, process: "subprocess.Popen[bytes]", given_up: threading.Event
    ) -> None:
        """`given_up`: set when nobody needs to wait for this process any more."""
        self.name = program.name
        self.log = program.log
        self._ending = program.ending
        self._process = process
        self._given_up = given_up

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        return self._process.poll()

    def wait_until(self, answers: Callable[[], bool], limit: float) -> None:
        """Return when it answers; `Failed` if it ends before, or after `limit` seconds."""
        deadline = time.monotonic() + limit
        while not answers():
            if not self.is_running:
                raise build_failure(
                    f"{self.name} ended while it started (exit code {self.exit_code})", self.log
                )
            if time.monotonic() > deadline:
                raise build_failure(f"{self.name} gave no answer within {limit:g} seconds", self.log)
            self._wait_a_moment()

    def wait_for_end(self, limit: float) -> int:
        """Its exit code; `Failed` after `limit` seconds, when it has been killed."""
        deadline = time.monotonic() + limit
        while (code := self.exit_code) is None:
            if time.monotonic() > deadline:
                self.kill()
                raise build_failure(f"{self.name} did not end within {limit:g} seconds", self.log)
            self._wait_a_moment()
        return code

    def ask_to_end(self) -> None:
        self._send_signal(self._ending)
        self._send_signal(signal.SIGCONT)

    def stop(self, grace: float) -> None:
        """An orderly end, by SIGKILL if it takes longer than `grace` seconds."""
        self.ask_to_end()
        try:
            self._process.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self._send_signal(signal.SIGKILL)
        self._process.wait()

    def pause(self) -> None:
        """SIGSTOP it and its own children (PostgreSQL's backends leave its process group)."""
        for pid in (self.pid, *children_of(self.pid)):
            os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        for pid in (*children_of(self.pid), self.pid):
            os.kill(pid, signal.SIGCONT)

    def _wait_a_moment(self) -> None:
        if self._given_up.wait(0.05):
            raise Failed(f"{self.name} was not waited for, because everything ends.")

    def _send_signal(self, number: signal.Signals) -> None:
        if self.is_running:
            watcher.send_signal(self.pid, number)


class Children:
    """All processes of one launcher; leaving the context ends them, and so does the launcher's death."""

    def __init__(self, held: Sequence[int] = ()) -> None:
        """`held`: file descriptors (a lock) that stay open until the watcher has ended everything."""
        self._started: list[Child] = []
        self._turn = threading.Lock()
        self._given_up = threading.Event()
        self._watcher = subprocess.Popen(
            [sys.executable, "-S", "-E", watcher.__file__],
            stdin=subprocess.PIPE,
            pass_fds=held,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end_all()

    def start(self, program: Program) -> Child:
        """Start it with its output appended to its log; `Failed` after `give_up`."""
        if self._given_up.is_set():
            raise Failed(f"{program.name} was not started, because everything ends.")
        with program.log.open("ab") as output:
            process = self._open_process(program, output.fileno())
        child = Child(program, process, self._given_up)
        with self._turn:
            self._forget_ended()
            self._started.append(child)
            self._tell_watcher(f"+{child.pid} {int(program.ending)}")
        _open_gate(process)
        return child

    def list_running(self) -> list[Child]:
        return [child for child in self._started if child.is_running]

    def give_up(self) -> None:
        """Start nothing more, and let nobody wait for what is starting."""
        self._given_up.set()

    def run_together(self, *jobs: Callable[[], Result]) -> list[Result]:
        """Run the jobs side by side; the first that fails, or an interrupt, makes the others give up."""
        with ThreadPoolExecutor(len(jobs)) as pool:
            futures = [pool.submit(job) for job in jobs]
            try:
                done, _ = wait(futures, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
            except BaseException:
                self.give_up()
                raise
            return [future.result() for future in futures]

    def end_all(self, grace: float = 10.0) -> None:
        """Ask all that still run to end, wait, kill the rest, and let the watcher go."""
        end_together(self.list_running(), grace)
        with self._turn:
            self._forget_ended()
        if self._watcher.stdin is not None:
            self._watcher.stdin.close()
        self._watcher.wait(watcher.GRACE + 5)

    def _open_process(self, program: Program, output: int) -> "subprocess.Popen[bytes]":
        account = program.account
        return subprocess.Popen(
            [*GATE, *program.command],
            cwd=program.folder,
            env=dict(program.environment),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )

    def _forget_ended(self) -> None:
        """So that the watcher never signals a number that now belongs to another program."""
        for child in [child for child in self._started if not child.is_running]:
            self._started.remove(child)
            self._tell_watcher(f"-{child.pid}")

    def _tell_watcher(self, line: str) -> None:
        if self._watcher.stdin is None or self._watcher.poll() is not None:
            raise Failed("The process that guards the servers was ended by somebody: start again.")
        self._watcher.stdin.write(f"{line}\n".encode())
        self._watcher.stdin.flush()


def end_together(children: Sequence[Child], grace: float) -> None:
    """Ask all to end, wait `grace` seconds for all of them together, kill the rest."""
    for child in children:
        child.ask_to_end()
    deadline = time.monotonic() + grace
    for child in children:
        child.stop(max(0.0, deadline - time.monotonic()))


def _open_gate(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin as gate:
            gate.write(b"go\n")


def children_of(parent: int) -> list[int]:
    """Direct children, from /proc; none where there is no /proc."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.parent.name))
    return found
