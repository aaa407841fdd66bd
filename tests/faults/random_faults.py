"""Faults of all kinds, each drawn by chance, at the parts of a running system."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import TypeAlias

from deploy.local.server import Server
from shared.postgres.pool import transaction
from tests.faults.network import Network
from tests.faults.processes import Process
from tests.faults.stage import Stage

LONGEST_SECONDS = 20.0
REST_SECONDS = 5.0
DEATH_SECONDS = 10.0
LOOK_SECONDS = 1.0
SLOW_SECONDS = 0.2
STEPS = {
    "writer": ("request.committing", "request.committed", "relay.saved", "relay.sent"),
    "second": ("relay.saved", "relay.sent"),
    "reader": ("consumer.applied", "consumer.committed"),
}

_SOME_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'alumnibus-%' AND random() < 0.5"""


@dataclass
class FaultTargets:
    """The parts that faults hit, each part one at a time. `events` has when which fault began and ended."""

    stage: Stage
    processes: Mapping[str, Process]
    networks: Mapping[str, Network]
    events: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    begun: float = field(default_factory=time.monotonic)
    turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    @property
    def servers_by_name(self) -> dict[str, Server]:
        return {"broker": self.stage.servers.kafka_process, "database": self.stage.servers.postgres_process}

    def note_event(self, what: str) -> None:
        self.events.append(f"{time.monotonic() - self.begun:7.1f} s  {what}")

    async def keep_running(self) -> None:
        """Restart what ended by itself, as a supervisor does, except what a fault has just now; until cancelled."""
        while True:
            for name in self.processes:
                if not self.turns[name].locked():
                    self.restart_if_ended(name)
            await asyncio.sleep(LOOK_SECONDS)

    def restart_if_ended(self, part: str) -> None:
        """Start this part again, if it is a process that ended by itself."""
        if part in self.processes:
            process = self.processes[part]
            if process.wanted and not process.child.is_running:
                self.note_event(f"{process.name} had ended by itself ({process.child.exit_code})")
                self.counts["ended by themselves"] += 1
                process.start_process()


RandomFault: TypeAlias = Callable[[FaultTargets, Random], Awaitable[None]]


async def _last_a_while(chance: Random) -> None:
    await asyncio.sleep(chance.uniform(0, 1) ** 2 * LONGEST_SECONDS)


async def _process_killed(targets: FaultTargets, chance: Random, *, name: str) -> None:
    targets.processes[name].kill()
    await _last_a_while(chance)
    targets.processes[name].start_process()


async def _process_killed_at_a_step(targets: FaultTargets, chance: Random, *, name: str) -> None:
    process = targets.processes[name]
    process.kill()
    process.start_process(f"{chance.choice(STEPS[name])}:{chance.randint(1, 30)}")
    try:
        await process.wait_for_end(DEATH_SECONDS)
    except AssertionError:
        targets.note_event(f"{name} did not come to its step")
        process.kill()
    process.start_process()


async def _process_asked_to_end(targets: FaultTargets, chance: Random, *, name: str) -> None:
    await targets.processes[name].stop()
    await _last_a_while(chance)
    targets.processes[name].start_process()


async def _process_stopped(targets: FaultTargets, chance: Random, *, name: str) -> None:
    targets.processes[name].pause()
    await _last_a_while(chance)
    targets.processes[name].resume()


async def _server_killed(targets: FaultTargets, chance: Random, *, name: str) -> None:
    await asyncio.to_thread(targets.servers_by_name[name].kill)
    await _last_a_while(chance)
    await asyncio.to_thread(targets.servers_by_name[name].restart)


async def _server_stopped(targets: FaultTargets, chance: Random, *, name: str) -> None:
    targets.servers_by_name[name].pause()
    await _last_a_while(chance)
    targets.servers_by_name[name].resume()


async def _network_disturbed(targets: FaultTargets, chance: Random, *, name: str, how: str) -> None:
    network = targets.networks[name]
    bad: Mapping[str, Callable[[], AbstractAsyncContextManager[None]]] = {
        "slow": lambda: network.slowed_down(SLOW_SECONDS),
        "cut": network.cut_off,
        "silent": network.gone_silent,
    }
    async with bad[how]():
        await _last_a_while(chance)


async def _sessions_cut(targets: FaultTargets, chance: Random) -> None:
    await targets.stage.pool.execute(_SOME_SESSIONS)


async def _idle_in_transaction(targets: FaultTargets, chance: Random) -> None:
    async with transaction(targets.stage.pool) as tx:
        await tx.fetchval("SELECT pg_current_xact_id()")
        await _last_a_while(chance)


async def _another_reader(targets: FaultTargets, chance: Random) -> None:
    another = targets.processes["another"]
    another.start_process()
    await _last_a_while(chance)
    if chance.random() < 0.5:
        another.kill()
    else:
        await another.stop()


def _list_faults() -> list[tuple[str, str, RandomFault]]:
    """What happens, to which part, and how."""
    found: list[tuple[str, str, RandomFault]] = [
        ("sessions cut", "database", _sessions_cut),
        ("idle in transaction", "database", _idle_in_transaction),
        ("another reader comes and goes", "another", _another_reader),
    ]
    for name in STEPS:
        found += [
            (f"{name} killed", name, partial(_process_killed, name=name)),
            (f"{name} killed at a step", name, partial(_process_killed_at_a_step, name=name)),
            (f"{name} asked to end", name, partial(_process_asked_to_end, name=name)),
            (f"{name} stopped", name, partial(_process_stopped, name=name)),
        ]
    for name in ("broker", "database"):
        found += [
            (f"{name} killed", name, partial(_server_killed, name=name)),
            (f"{name} stopped", name, partial(_server_stopped, name=name)),
        ]
        for how in ("slow", "cut", "silent"):
            found.append(
                (f"network to {name} {how}", f"to {name}", partial(_network_disturbed, name=name, how=how))
            )
    return found


FAULTS = _list_faults()


async def inject_faults(targets: FaultTargets, chance: Random, seconds: float) -> None:
    """One fault after another, for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        name, part, happens = chance.choice(FAULTS)
        async with targets.turns[part]:
            targets.restart_if_ended(part)
            targets.note_event(f"{name} …")
            targets.counts["faults"] += 1
            await happens(targets, chance)
            targets.note_event(f"… {name} is over")
        await asyncio.sleep(chance.uniform(0, REST_SECONDS))
