"""All four services through their real APIs, while they, Kafka and PostgreSQL are killed by chance."""

import asyncio
from random import Random

import asyncpg
from aiokafka.errors import KafkaError

from tests.faults.checker import Judgement
from tests.faults.platform import stories
from tests.faults.platform.asked import Asked
from tests.faults.platform.checks import check_platform
from tests.faults.platform.client import Client
from tests.faults.platform.findings import collect_findings, find_unfinished
from tests.faults.platform.kills import kill_by_chance
from tests.faults.platform.running import Platform, running_platform
from tests.faults.row import Row
from tests.faults.stage import Stage

KILLING_SECONDS = 45.0
QUIET_SECONDS = 90.0
LOOK_SECONDS = 0.5


async def kill_platform(stage: Stage) -> None:
    """People join, gather, find advisers and leave; each part is killed again and again, and comes back."""
    chance, asked = Random(stage.random_settings.seed), Asked()
    async with running_platform(stage) as platform:
        async with Client(platform.services, asked) as client:
            contact = await stories.open_network(client)
            over = asyncio.Event()
            async with asyncio.TaskGroup() as living:
                living.create_task(stories.live(client, contact, chance, over))
                killed = await kill_by_chance(platform, chance, KILLING_SECONDS)
                over.set()
        stuck = await _wait_until_quiet(platform)
        verdict = check_platform(asked, await collect_findings(platform), stuck)
    stage.judgement = Judgement(verdict, asked.commands, asked.unclear)
    stage.measurements |= {f"kills of {name}": count for name, count in sorted(killed.items())}


async def _wait_until_quiet(platform: Platform) -> list[str]:
    """What is unfinished when all should be quiet."""
    until = asyncio.get_running_loop().time() + QUIET_SECONDS
    while (unfinished := await _look(platform)) and asyncio.get_running_loop().time() < until:
        await asyncio.sleep(LOOK_SECONDS)
    dead = [name for name, process in platform.services.items() if not process.is_running]
    return unfinished + [f"{name} is dead" for name in dead]


async def _look(platform: Platform) -> list[str]:
    try:
        return await find_unfinished(platform)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError, OSError) as error:
        return [f"a server does not answer ({type(error).__name__})"]


ROWS = (
    Row(
        14, "all four services by their own APIs; they, Kafka and PostgreSQL killed by chance", kill_platform
    ),
)
