"""Faults of all kinds by chance, for a long time."""

import asyncio
import time
from random import Random

from shared.runtime.process import running_task
from shared.testing.waiting import eventually
from tests.faults.random_faults import FaultTargets, inject_faults
from tests.faults.row import Row
from tests.faults.rows.long_network import both_networks, is_quiet, processes_through, wait_until_all_go_on
from tests.faults.stage import Stage

AT_ONCE = 2
ROUND_SECONDS = 60.0
RECOVERY_SECONDS = 150.0


async def inject_at_random(stage: Stage) -> None:
    """Two faults at a time, drawn by the seed, at API, relays, consumers, servers and networks. Every minute
    they pause until all has recovered. What happened when stands beside the logs."""
    async with both_networks(stage) as (to_kafka, to_database):
        writer, reader, second, another = processes_through(stage, to_kafka, to_database)
        await asyncio.gather(*(process.start_and_wait() for process in (writer, reader, second)))
        processes = {process.name: process for process in (writer, reader, second, another)}
        targets = FaultTargets(stage, processes, {"broker": to_kafka, "database": to_database})
        try:
            async with running_task(targets.keep_running()):
                async with stage.under_load(writer):
                    await run_rounds(stage, targets)
                await eventually(lambda: is_quiet(stage), seconds=RECOVERY_SECONDS)
        finally:
            (stage.folder / "faults.txt").write_text("\n".join([*targets.events, ""]), "utf-8")
            settings = {
                "seed": stage.random_settings.seed,
                "seconds of faults": stage.random_settings.seconds,
            }
            stage.measurements |= settings | targets.counts


async def run_rounds(stage: Stage, targets: FaultTargets) -> None:
    """Faults for as long as the settings say."""
    chances = [Random(f"{stage.random_settings.seed} {number}") for number in range(AT_ONCE)]
    until, number = time.monotonic() + stage.random_settings.seconds, 0
    while (left := until - time.monotonic()) > 0:
        number += 1
        async with stage.inject_fault(f"round {number}", seconds=RECOVERY_SECONDS):
            await asyncio.gather(
                *(inject_faults(targets, chance, min(left, ROUND_SECONDS)) for chance in chances)
            )
            targets.note_event(f"round {number} is over")
        await wait_until_all_go_on(stage, f"round {number}")
        targets.note_event(f"recovered in {stage.recoveries[f'round {number}']:.1f} s")


ROWS = (Row(23, "faults of all kinds by chance, two at a time", inject_at_random, True, own=True),)
