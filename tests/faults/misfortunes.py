"""Faults of all kinds, each drawn by chance, at the parts of one scene."""

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
class Scene:
    """The parts that misfortunes strike; each part suffers one at a time. `told` is when which began and ended."""

    stage: Stage
    processes: Mapping[str, Process]
    networks: Mapping[str, Network]
    told: list[str] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)
    begun: float = field(default_factory=time.monotonic)
    turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    @property
    def servers(self) -> dict[str, Server]:
        return {"broker": self.stage.servers.kafka_process, "database": self.stage.servers.postgres_process}

    def tell(self, what: str) -> None:
        self.told.append(f"{time.monotonic() - self.begun:7.1f} s  {what}")

    async def supervise(self) -> None:
        """Start what ended by itself again, as a supervisor does, but for what suffers just now; until cancelled."""
        while True:
            for name in self.processes:
                if not self.turns[name].locked():
                    self.revive(name)
            await asyncio.sleep(LOOK_SECONDS)

    def revive(self, part: str) -> None:
        """Start this part again, if it is a process that ended by itself."""
        if part in self.processes:
            process = self.processes[part]
            if process.wanted and not process.child.is_running:
                self.tell(f"{process.name} had ended by itself ({process.child.exit_code})")
                self.struck["ended by themselves"] += 1
                process.begin()


Misfortune: TypeAlias = Callable[[Scene, Random], Awaitable[None]]


async def _lasts(chance: Random) -> None:
    await asyncio.sleep(chance.uniform(0, 1) ** 2 * LONGEST_SECONDS)


async def _process_killed(scene: Scene, chance: Random, *, name: str) -> None:
    scene.processes[name].kill()
    await _lasts(chance)
    scene.processes[name].begin()


async def _process_killed_at_a_step(scene: Scene, chance: Random, *, name: str) -> None:
    process = scene.processes[name]
    process.kill()
    process.begin(f"{chance.choice(STEPS[name])}:{chance.randint(1, 30)}")
    try:
        await process.ended(DEATH_SECONDS)
    except AssertionError:
        scene.tell(f"{name} did not come to its step")
        process.kill()
    process.begin()


async def _process_asked_to_end(scene: Scene, chance: Random, *, name: str) -> None:
    await scene.processes[name].stop()
    await _lasts(chance)
    scene.processes[name].begin()


async def _process_stopped(scene: Scene, chance: Random, *, name: str) -> None:
    scene.processes[name].pause()
    await _lasts(chance)
    scene.processes[name].resume()


async def _server_killed(scene: Scene, chance: Random, *, name: str) -> None:
    await asyncio.to_thread(scene.servers[name].kill)
    await _lasts(chance)
    await asyncio.to_thread(scene.servers[name].restart)


async def _server_stopped(scene: Scene, chance: Random, *, name: str) -> None:
    scene.servers[name].pause()
    await _lasts(chance)
    scene.servers[name].resume()


async def _network(scene: Scene, chance: Random, *, name: str, how: str) -> None:
    network = scene.networks[name]
    bad: Mapping[str, Callable[[], AbstractAsyncContextManager[None]]] = {
        "slow": lambda: network.slow(SLOW_SECONDS),
        "cut": network.cut,
        "silent": network.silent,
    }
    async with bad[how]():
        await _lasts(chance)


async def _sessions_cut(scene: Scene, chance: Random) -> None:
    await scene.stage.pool.execute(_SOME_SESSIONS)


async def _idle_in_transaction(scene: Scene, chance: Random) -> None:
    async with transaction(scene.stage.pool) as tx:
        await tx.fetchval("SELECT pg_current_xact_id()")
        await _lasts(chance)


async def _another_reader(scene: Scene, chance: Random) -> None:
    another = scene.processes["another"]
    another.begin()
    await _lasts(chance)
    if chance.random() < 0.5:
        another.kill()
    else:
        await another.stop()


def _all() -> list[tuple[str, str, Misfortune]]:
    """What happens, to which part, and how."""
    found: list[tuple[str, str, Misfortune]] = [
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
            found.append((f"network to {name} {how}", f"to {name}", partial(_network, name=name, how=how)))
    return found


ALL = _all()


async def strike(scene: Scene, chance: Random, seconds: float) -> None:
    """One misfortune after another, for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        name, part, happens = chance.choice(ALL)
        async with scene.turns[part]:
            scene.revive(part)
            scene.tell(f"{name} …")
            scene.struck["misfortunes"] += 1
            await happens(scene, chance)
            scene.tell(f"… {name} is over")
        await asyncio.sleep(chance.uniform(0, REST_SECONDS))
