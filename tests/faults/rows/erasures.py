"""Persons of whom nothing may be left a day later, where a day lasts some seconds."""

import asyncio
import itertools
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from shared.messaging.kafka import partition_of
from shared.postgres.pool import transaction
from shared.testing.waiting import eventually
from tests.faults import brokers, parked, traces
from tests.faults.cleaning import eager_cleaning
from tests.faults.personal import PERSON
from tests.faults.row import Row
from tests.faults.service import entries
from tests.faults.service.entries import ACCOUNT
from tests.faults.stage import Stage

# So much shorter is every time: half a day is 2.2 seconds.
SHORTENED = 20_000
HALF_DAY = 12 * 3600 / SHORTENED
# Not a matter of the topic: a broker keeps removed files for a minute more.
REMOVED_AT_ONCE = {"file.delete.delay.ms": "50"}
PARKED = "parked"
VERSIONS = 2
MOST_HALF_DAYS = 20


async def erase_persons(stage: Stage) -> None:
    """A person on each partition, where nothing else happens, and one whose key is parked: they are known in two
    versions, and erased. Every half a day the relay rolls; then no byte of them is in any file of the broker's log,
    nor in any table."""
    marker = f"person-{uuid4().hex}"
    writer = stage.add_process("writer", "serve", "--only=relay", program=("tests.faults.personal",))
    await parked.fail_accounts(stage, [PARKED])
    await asyncio.gather(writer.start_and_wait(), stage.add_reader().start_and_wait())
    async with eager_cleaning(stage.kafka, shorten_times(PERSON.settings) | REMOVED_AT_ONCE):
        for number in range(VERSIONS):
            await enter_value(stage, f"{marker}-{number}")
        await eventually(lambda: all_applied(stage, marker))
        await require_traces(stage, marker)
        async with transaction(stage.pool) as tx:
            for person in PERSONS:
                await entries.erase_account(tx, person)
        await eventually(lambda: tombstones_applied(stage))
        stage.measurements["half days until the last byte was gone"] = await count_half_days(stage, marker)
    await parked.mend_handler(stage)
    operator = parked.replay_command(stage, PARKED)
    operator.start_process()
    output = await parked.last_output(operator)
    assert output == "applied: 1 messages applied", f"the tombstone's replay printed {output!r}"


def one_account_per_partition() -> list[str]:
    """An account for each partition."""
    found: dict[int, str] = {}
    for name in (f"quiet{number}" for number in itertools.count()):
        found.setdefault(partition_of(name.encode(), ACCOUNT.partitions), name)
        if len(found) == ACCOUNT.partitions:
            return list(found.values())
    raise AssertionError


QUIET = one_account_per_partition()
PERSONS = (*QUIET, PARKED)


def shorten_times(settings: Mapping[str, str]) -> dict[str, str]:
    """The same settings with shorter times."""
    return {
        name: str(int(value) // SHORTENED) if name.endswith(".ms") else value
        for name, value in settings.items()
    }


async def enter_value(stage: Stage, value: str) -> None:
    async with transaction(stage.pool) as tx:
        for person in PERSONS:
            await entries.enter_value(tx, person, value)


async def all_applied(stage: Stage, marker: str) -> bool:
    """Whether all versions took effect, and those of the parked key wait."""
    effects = await stage.pool.fetchval("SELECT count(*) FROM effect WHERE value LIKE $1", f"{marker}%")
    waiting = await parked.count_waiting(stage)
    return effects == VERSIONS * len(QUIET) and waiting == {PARKED: VERSIONS}


async def require_traces(stage: Stage, marker: str) -> None:
    """Where nothing is found before, nothing is proved afterwards."""
    assert await asyncio.to_thread(traces.find_in_files, log_of(stage), marker), (
        "the log has no trace of anybody"
    )
    tables = await traces.find_in_tables(stage.pool, marker)
    assert {"effect", "entry", "known", "parked"} <= set(tables), f"only {tables} have a trace of anybody"


async def tombstones_applied(stage: Stage) -> bool:
    """Whether the tombstones are applied; of the parked key, whether nothing else waits."""
    gone = await stage.pool.fetchval("SELECT count(*) FROM known WHERE value IS NULL")
    return gone == len(QUIET) and await parked.count_waiting(stage) == {PARKED: 1}


async def count_half_days(stage: Stage, marker: str) -> int:
    """How many pass until nothing is left. Raises AssertionError if something stays."""
    for number in range(1, MOST_HALF_DAYS + 1):
        await stage.pool.execute("UPDATE segment_roll SET at = '-infinity'")
        await asyncio.sleep(HALF_DAY)
        files = await asyncio.to_thread(traces.find_in_files, log_of(stage), marker)
        tables = await traces.find_in_tables(stage.pool, marker)
        if not files and not tables:
            return number
    raise AssertionError(f"traces of an erased person stay in {[*files, *tables][:5]}")


def log_of(stage: Stage) -> Path:
    return brokers.broker_folder(stage.servers.kafka_process) / "log"


ROWS = (Row(13, "erasure: no byte of a person is left in files or tables", erase_persons),)
