"""Kills by chance of the services, their Kafka and their PostgreSQL, each of which comes back at once."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from deploy.local.server import Server
from tests.faults.platform.running import Platform
from tests.faults.processes import Process
from tests.faults.random_faults import STEPS

# Between two kills, so that all get on with their work meanwhile.
SERVICE_REST_SECONDS = (1.0, 4.0)
SERVER_REST_SECONDS = (5.0, 10.0)
DEATH_SECONDS = 5.0
ALL_STEPS = tuple(dict.fromkeys(step for steps in STEPS.values() for step in steps))


async def kill_by_chance(platform: Platform, chance: Random, seconds: float) -> Counter[str]:
    """For so long, kill one service after another, and beside that one server; returns how often what was killed."""
    servers = platform.stage.servers
    killers = (
        _Killer(platform.services, SERVICE_REST_SECONDS, Random(chance.random())),
        _Killer(
            {"kafka": servers.kafka_process, "postgres": servers.postgres_process},
            SERVER_REST_SECONDS,
            Random(chance.random()),
        ),
    )
    async with asyncio.TaskGroup() as killing:
        for killer in killers:
            killing.create_task(killer.kill_in_turn(seconds))
    return killers[0].killed + killers[1].killed


@dataclass
class _Killer:
    parts: Mapping[str, Server | Process]
    rest: tuple[float, float]
    chance: Random
    killed: Counter[str] = field(default_factory=Counter)

    async def kill_in_turn(self, seconds: float) -> None:
        until = asyncio.get_running_loop().time() + seconds
        while True:
            for name in self.chance.sample(sorted(self.parts), len(self.parts)):
                await asyncio.sleep(self.chance.uniform(*self.rest))
                if asyncio.get_running_loop().time() > until:
                    return
                await _kill_part(self.parts[name], self.chance)
                self.killed[name] += 1


async def _kill_part(part: Server | Process, chance: Random) -> None:
    if isinstance(part, Process):
        await _kill_process(part, chance)
    else:
        await asyncio.to_thread(part.kill)
        await asyncio.to_thread(part.restart)


async def _kill_process(process: Process, chance: Random) -> None:
    """At once, or at one of its next steps."""
    process.kill()
    if chance.random() < 0.5:
        process.start_process(f"{chance.choice(ALL_STEPS)}:{chance.randint(1, 10)}")
        try:
            await process.wait_for_end(DEATH_SECONDS)
        except AssertionError:
            process.kill()
    process.start_process()
