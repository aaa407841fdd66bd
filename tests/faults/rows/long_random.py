"""Faults of all kinds by chance, for a long time."""

import asyncio
import time
from random import Random

from shared.runtime.process import running_task
from shared.testing.waiting import eventually
from tests.faults.misfortunes import Scene, strike
from tests.faults.row import Row
from tests.faults.rows.long_network import all_go_on, networks, quiet, through
from tests.faults.stage import Stage

AT_ONCE = 2
ROUND_SECONDS = 60.0
RECOVERY_SECONDS = 150.0


async def by_chance(stage: Stage) -> None:
    """Two misfortunes at a time, drawn by the seed, at door, relays, consumers, servers and networks. Every minute
    they pause until all has recovered. What happened when stands beside the logs."""
    async with networks(stage) as (to_kafka, to_database):
        writer, reader, second, another = through(stage, to_kafka, to_database)
        await asyncio.gather(*(process.start() for process in (writer, reader, second)))
        processes = {process.name: process for process in (writer, reader, second, another)}
        scene = Scene(stage, processes, {"broker": to_kafka, "database": to_database})
        try:
            async with running_task(scene.supervise()):
                async with stage.load(writer):
                    await rounds(stage, scene)
                await eventually(lambda: quiet(stage), seconds=RECOVERY_SECONDS)
        finally:
            (stage.folder / "misfortunes.txt").write_text("\n".join([*scene.told, ""]), "utf-8")
            course = {"seed": stage.course.seed, "seconds of misfortunes": stage.course.seconds}
            stage.figures |= course | scene.struck


async def rounds(stage: Stage, scene: Scene) -> None:
    """Misfortunes for as long as the course says."""
    chances = [Random(f"{stage.course.seed} {number}") for number in range(AT_ONCE)]
    until, number = time.monotonic() + stage.course.seconds, 0
    while (left := until - time.monotonic()) > 0:
        number += 1
        async with stage.fault(f"round {number}", seconds=RECOVERY_SECONDS):
            await asyncio.gather(*(strike(scene, chance, min(left, ROUND_SECONDS)) for chance in chances))
            scene.tell(f"round {number} is over")
        await all_go_on(stage, f"round {number}")
        scene.tell(f"recovered in {stage.recoveries[f'round {number}']:.1f} s")


ROWS = (Row(23, "faults of all kinds by chance, two at a time", by_chance, True, own=True),)
