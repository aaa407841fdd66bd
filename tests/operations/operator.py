"""An operator: reads health, metrics and logs of a running service, and does what the document says."""

import asyncio
import os
import re
import shlex
import sys
from collections.abc import AsyncIterator, MutableMapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from deploy.local.home import CHECKOUT
from shared.runtime.service import Service
from shared.testing.services import Running
from shared.testing.waiting import eventually
from tests.operations.document import TEXT, commands, find_settings, sections
from tests.shared.operations.command_line import said

WITH_KAFKA = {f"ALUMNIBUS_{name}" for name in ("TOPIC_PREFIX", "KAFKA_USER", "KAFKA_PASSWORD", "KAFKA_CA")}
NAMED = "python -m services.events "
PROGRAM = "python -m "
Log = Sequence[MutableMapping[str, Any]]


@dataclass
class Operator:
    """One who walks a section of the document; `done` are the commands that were run so far."""

    log: Log
    done: set[str] = field(default_factory=set)

    async def sees(self, running: Running, check: str, words: str, *, seconds: float = 30) -> str:
        """Wait until `readyz` says these words of a part; gives the whole answer about it."""
        told = ""

        async def says() -> bool:
            nonlocal told
            answer = (await running.http.get("/readyz/all")).json()
            assert answer["ready"] == (set(answer["checks"].values()) == {"ok"})
            told = answer["checks"][check]
            return words in told

        try:
            await eventually(says, seconds=seconds)
        except AssertionError:
            raise AssertionError(f"readyz says {check}: {told!r}, not {words!r}") from None
        return told

    async def all_is_well(self, running: Running) -> None:
        """Wait until `readyz` says so."""

        async def ready() -> bool:
            return (await running.http.get("/readyz/all")).status_code == 200

        await eventually(ready)

    async def figure(self, running: Running, name: str) -> float:
        """A figure as it is now; 0 where nothing is told of it."""
        text = (await running.http.get("/metrics")).text
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    async def watches(self, running: Running, name: str, least: float, most: float = float("inf")) -> None:
        """Wait until a figure is between these two."""

        async def within() -> bool:
            return least <= await self.figure(running, name) <= most

        await eventually(within)

    async def hears(self, event: str, **facts: object) -> MutableMapping[str, Any]:
        """Wait for a line of the log with this event and these facts. The event must stand in the document."""
        assert f"`{event}`" in TEXT, f"the document doesn't name {event}"

        async def line() -> MutableMapping[str, Any] | None:
            return next(
                (entry for entry in self.log if entry["event"] == event and facts.items() <= entry.items()),
                None,
            )

        return await eventually(line) or {}

    async def does(self, service: Service | None, command: str, *, fails: bool = False, **filled: Any) -> str:
        """Run a command as it stands in the document, its placeholders filled in; gives what was printed.

        What the document does with the service `events` is done with this one, unless the document names it, and it is
        told the settings that the document names for it, no others; a command of no service is a process.
        """
        line = _find_line(service, command)
        assert line in commands(TEXT), f"the document doesn't say: {line}"
        self.done.add(line)
        words = [str(filled.get(word, word)) for word in shlex.split(command)]
        code, printed = await (_run(words) if service is None else _say(service, command, words))
        assert (code != 0) is fails, printed
        return printed


@asynccontextmanager
async def walking(heading: str, log: Log) -> AsyncIterator[Operator]:
    """Walk a section: at the end of the block each of its commands must have been run."""
    operator = Operator(log)
    yield operator
    assert set(commands(sections()[heading])) <= operator.done


async def _say(service: Service, command: str, words: Sequence[str]) -> tuple[int, str]:
    named = find_settings(command, service.name) | WITH_KAFKA
    unnamed = [name for name in os.environ if name.startswith("ALUMNIBUS_") and name not in named]
    return await said(service, *words, environment=dict.fromkeys(unnamed))


def _find_line(service: Service | None, command: str) -> str:
    if service is None:
        return PROGRAM + command
    own = f"{PROGRAM}services.{service.name} {command}"
    return own if own in commands(TEXT) else NAMED + command


async def _run(words: Sequence[str]) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *words,
        cwd=CHECKOUT,
        env=dict(os.environ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()
