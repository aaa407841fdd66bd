"""Several relays of one schema, whose leader is cut off or stopped."""

import asyncio
import os
import signal
from pathlib import Path

from shared.testing.kafka import read_records
from shared.testing.waiting import eventually
from tests.faults.processes import Process
from tests.faults.row import Row
from tests.faults.service.entries import ACCOUNT, GENERATION
from tests.faults.stage import Stage

# Accounts with nothing new after the old leader's late page: only the relay can put their newest on the topic's end.
QUIET = tuple(f"quiet{number}" for number in range(40))
CUTS = 5

LEADER = """
SELECT l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()"""


async def depose_leaders(stage: Stage) -> None:
    """Three relays. The leader stops with a page in flight, another is elected and sends newer messages, the old one
    goes on; then the leader's session is cut again and again. At the end no page is in doubt."""
    api, old = (
        stage.add_process("api", "serve", "--only=api"),
        relay_process(stage, "old", "tests.faults.stopping"),
    )
    others = [relay_process(stage, name) for name in ("second", "third")]
    await asyncio.gather(*(process.start_and_wait() for process in (api, old, stage.add_reader())))
    await asyncio.gather(*(process.start_and_wait() for process in others))
    await stage.enter_values(*QUIET)
    await eventually(lambda: has_arrived(stage, 1))
    await stop_with_a_page(stage, old)
    async with stage.under_load(api):
        async with stage.inject_fault("leader stopped"):
            await eventually(lambda: has_epoch(stage, 2), seconds=60)
        old.resume()
        async with stage.inject_fault("leader's session cut"):
            for _ in range(CUTS):
                await cut_leader_session(stage)
        await eventually(lambda: none_in_doubt(stage), seconds=60)
    late = await count_late_records(stage)
    stage.measurements["records of the late page behind newer ones"] = late
    assert late, "the page in flight was not written late"


def relay_process(stage: Stage, name: str, *before: str) -> Process:
    return stage.add_process(name, "serve", "--only=relay", program=(*before, *stage.program))


async def stop_with_a_page(stage: Stage, leader: Process) -> None:
    """Version 2 of the quiet accounts is on its way when the leader stops; version 3 is made afterwards."""
    os.kill(leader.child.pid, signal.SIGUSR1)
    await stage.enter_values(*QUIET)
    await eventually(lambda: is_stopped(leader))
    await stage.enter_values(*QUIET)


async def is_stopped(process: Process) -> bool:
    stat = await asyncio.to_thread(Path(f"/proc/{process.child.pid}/stat").read_text)
    return stat.rpartition(") ")[2].startswith("T")


async def has_arrived(stage: Stage, version: int) -> bool:
    found = await stage.pool.fetchval(
        "SELECT count(*) FROM effect WHERE account = ANY($1) AND version = $2", QUIET, version
    )
    return bool(found == len(QUIET))


async def has_epoch(stage: Stage, at_least: int) -> bool:
    return bool(await stage.pool.fetchval("SELECT epoch >= $1 FROM relay", at_least))


async def cut_leader_session(stage: Stage) -> None:
    """End the leader's session, and wait for the next leader."""
    before = await stage.pool.fetchval("SELECT epoch FROM relay")
    await stage.pool.execute(f"SELECT pg_terminate_backend(pid) FROM ({LEADER}) AS leader")
    await eventually(lambda: has_epoch(stage, before + 1))


async def none_in_doubt(stage: Stage) -> bool:
    return not await stage.pool.fetchval("SELECT EXISTS (SELECT FROM in_doubt)")


async def count_late_records(stage: Stage) -> int:
    """How many records of the quiet accounts came behind a newer one of the same account."""
    highest: dict[bytes, int] = {}
    late = 0
    for record in await read_records(stage.kafka, ACCOUNT.name):
        if record.key.decode() in QUIET:
            version = int(dict(record.headers)["ce_sequence"]) % GENERATION
            late += version < highest.get(record.key, 0)
            highest[record.key] = max(version, highest.get(record.key, 0))
    return late


ROWS = (
    Row(5, "several relays: leader stopped with a page in flight, sessions cut", depose_leaders, gentle=True),
)
