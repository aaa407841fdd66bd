"""PostgreSQL restored to an earlier time, while Kafka went on."""

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

from deploy.local.postgres_programs import program_folder
from deploy.local.server import Server
from shared.testing.waiting import eventually
from tests.faults import ledger
from tests.faults.generator import COLD, HOT
from tests.faults.operators import run_command
from tests.faults.row import Row
from tests.faults.stage import Stage

ACCOUNTS = (*(f"hot{number}" for number in range(HOT)), *(f"cold{number}" for number in range(COLD)))
LATE = tuple(f"late{number}" for number in range(20))
LATER_OPERATIONS = 300
TOMBSTONES = "SELECT message_id FROM outbox WHERE payload IS NULL"


async def restore_database(stage: Stage) -> None:
    """A backup is made under load, and the work goes on. Then the whole server is put back to it, the operator begins a
    new generation and has everything published again. What was done since the backup is undone everywhere, and what is
    done afterwards counts, though its versions were given out before. Accounts that came since then are withdrawn,
    and come again.
    """
    folder = Path(await stage.pool.fetchval("SHOW data_directory"))
    backup = folder.with_name("backup")
    writer, reader = await stage.start_both()
    await stage.enter_values(*ACCOUNTS)
    try:
        async with stage.under_load(writer):
            await stage.wait_until_settled()
            before = set(ledger.read_ledger(stage.ledgers).acknowledged)
            await asyncio.to_thread(back_up, stage.servers.postgres, backup)
            await stage.enter_values(*LATE)
            await wait_for_operations(
                stage, len(ledger.read_ledger(stage.ledgers).acknowledged) + LATER_OPERATIONS
            )
        await asyncio.gather(writer.stop(), reader.stop())
        await asyncio.to_thread(put_back, stage.servers.postgres_process, backup, folder)
    finally:
        shutil.rmtree(backup, ignore_errors=True)
    await note_undone(stage, before)
    await run_command(stage, "migrate", "--restored")
    output = await run_command(stage, "republish", "--restored")
    assert output.startswith(f"withdrew {len(LATE)} that"), output
    stage.forged |= {row["message_id"] for row in await stage.pool.fetch(TOMBSTONES)}
    await asyncio.gather(writer.start_and_wait(), reader.start_and_wait())
    await wait_until_gone(stage)
    await stage.enter_values(*LATE)
    async with stage.under_load(writer):
        await stage.wait_until_settled()


def back_up(dsn: str, backup: Path) -> None:
    """A backup as an operator makes it, of a server at work."""
    program = str(program_folder() / "pg_basebackup")
    command = [program, "-d", dsn, "-D", str(backup), "--checkpoint=fast", "--no-sync"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"pg_basebackup: {done.stderr.strip()}"


async def wait_for_operations(stage: Stage, acknowledged: int) -> None:
    async def enough_acknowledged() -> bool:
        return len(ledger.read_ledger(stage.ledgers).acknowledged) >= acknowledged

    await eventually(enough_acknowledged)


def put_back(server: Server, backup: Path, folder: Path) -> None:
    """Let the backup take the place of the server's data, and start it."""
    server.stop()
    owner = folder.stat()
    for path in (backup, *backup.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
    shutil.rmtree(folder)
    backup.rename(folder)
    server.restart()


async def wait_until_gone(stage: Stage) -> None:
    """Return when the consumer knows the late accounts as gone: then no older message comes later."""

    async def known_as_gone() -> bool:
        count = "SELECT count(*) FROM known WHERE account = ANY($1) AND value IS NULL"
        return bool(await stage.pool.fetchval(count, LATE) == len(LATE))

    await eventually(known_as_gone)


async def note_undone(stage: Stage, before: set[str]) -> None:
    """What was asked and isn't there is undone; what was acknowledged before the backup must be there."""
    asked = ledger.read_ledger(stage.ledgers)
    there = {row["value"] for row in await stage.pool.fetch("SELECT value FROM entry")}
    stage.undone |= asked.issued.keys() - there
    stage.measurements["operations undone"] = len(asked.acknowledged.keys() - there)
    assert stage.measurements["operations undone"], "nothing was undone"
    assert before <= there, "what was acknowledged before the backup is not in it"


ROWS = (
    Row(
        12,
        "PostgreSQL restored to an earlier time: migrate --restored, republish --restored",
        restore_database,
    ),
)
