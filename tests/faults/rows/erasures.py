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
from tests.faults.cleaning import cleaning
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


async def erased(stage: Stage) -> None:
    """A person on each partition, where nothing else happens, and one whose key is parked: they are known in two
    versions, and erased. Every half a day the relay rolls; then no byte of them is in any file of the broker's log,
    nor in any table."""
    marker = f"person-{uuid4().hex}"
    writer = stage.process("writer", "serve", "--only=relay", program=("tests.faults.personal",))
    await parked.bar(stage, [PARKED])
    await asyncio.gather(writer.start(), stage.reader().start())
    async with cleaning(stage.kafka, shortened(PERSON.settings) | REMOVED_AT_ONCE):
        for number in range(VERSIONS):
            await entered(stage, f"{marker}-{number}")
        await eventually(lambda: known(stage, marker))
        await everywhere(stage, marker)
        async with transaction(stage.pool) as tx:
            for person in PERSONS:
                await entries.erase(tx, person)
        await eventually(lambda: forgotten(stage))
        stage.figures["half days until the last byte was gone"] = await half_days(stage, marker)
    await parked.unbar(stage)
    operator = parked.replaying(stage, PARKED)
    operator.begin()
    told = await parked.said(operator)
    assert told == "applied: 1 messages applied", f"the tombstone's replay was told {told!r}"


def one_each() -> list[str]:
    """An account for each partition."""
    found: dict[int, str] = {}
    for name in (f"quiet{number}" for number in itertools.count()):
        found.setdefault(partition_of(name.encode(), ACCOUNT.partitions), name)
        if len(found) == ACCOUNT.partitions:
            return list(found.values())
    raise AssertionError


QUIET = one_each()
PERSONS = (*QUIET, PARKED)


def shortened(settings: Mapping[str, str]) -> dict[str, str]:
    """The same settings with shorter times."""
    return {
        name: str(int(value) // SHORTENED) if name.endswith(".ms") else value
        for name, value in settings.items()
    }


async def entered(stage: Stage, value: str) -> None:
    async with transaction(stage.pool) as tx:
        for person in PERSONS:
            await entries.enter(tx, person, value)


async def known(stage: Stage, marker: str) -> bool:
    """Whether all versions took effect, and those of the parked key wait."""
    effects = await stage.pool.fetchval("SELECT count(*) FROM effect WHERE value LIKE $1", f"{marker}%")
    waiting = await parked.waiting(stage)
    return effects == VERSIONS * len(QUIET) and waiting == {PARKED: VERSIONS}


async def everywhere(stage: Stage, marker: str) -> None:
    """Where nothing is found before, nothing is proved afterwards."""
    assert await asyncio.to_thread(traces.in_files, log_of(stage), marker), "the log has no trace of anybody"
    tables = await traces.in_tables(stage.pool, marker)
    assert {"effect", "entry", "known", "parked"} <= set(tables), f"only {tables} have a trace of anybody"


async def forgotten(stage: Stage) -> bool:
    """Whether the tombstones are applied; of the parked key, whether nothing else waits."""
    gone = await stage.pool.fetchval("SELECT count(*) FROM known WHERE value IS NULL")
    return gone == len(QUIET) and await parked.waiting(stage) == {PARKED: 1}


async def half_days(stage: Stage, marker: str) -> int:
    """How many pass until nothing is left. Raises AssertionError if something stays."""
    for number in range(1, MOST_HALF_DAYS + 1):
        await stage.pool.execute("UPDATE segment_roll SET at = '-infinity'")
        await asyncio.sleep(HALF_DAY)
        files = await asyncio.to_thread(traces.in_files, log_of(stage), marker)
        tables = await traces.in_tables(stage.pool, marker)
        if not files and not tables:
            return number
    raise AssertionError(f"traces of an erased person stay in {[*files, *tables][:5]}")


def log_of(stage: Stage) -> Path:
    return brokers.folder(stage.servers.kafka_process) / "log"


ROWS = (Row(13, "erasure: no byte of a person is left in files or tables", erased),)
