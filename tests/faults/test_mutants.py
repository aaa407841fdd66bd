"""The suite finds nothing wrong with the service as it is, and fails on each of its mutants."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from deploy.local.servers import Servers
from tests.faults import frame, ground
from tests.faults.frame import Result, perform
from tests.faults.ground import Ground
from tests.faults.interleaved import interleave
from tests.faults.mutants import MUTANTS
from tests.faults.processes import SERVICE
from tests.faults.row import Row
from tests.faults.rows import gaps
from tests.faults.rows.kills import READER_STEPS
from tests.faults.stage import Stage

pytestmark = pytest.mark.timeout(180)

Part = Callable[[Stage], Awaitable[None]]


async def interleaved(stage: Stage) -> None:
    """Of row 12: transactions that commit in another order than they began."""
    service = stage.process("service", "serve")
    await service.start()
    async with stage.load(service):
        await interleave(stage, rounds=2)


async def reader_killed(stage: Stage) -> None:
    """Of row 1: the reader dies before the COMMIT of inbox and effects."""
    step, _, _ = READER_STEPS[0].partition(":")
    writer, reader = stage.writer(), stage.reader()
    await writer.start()
    await reader.start(f"{step}:10")
    async with stage.load(writer):
        await reader.die()
        reader.begin()


RUNS = 4

# Which part finds a mutant, and what it finds.
FOUND: dict[str, tuple[Part, str]] = {
    "by-xmin": (interleaved, "inversions"),
    "by-id": (interleaved, "lost"),
    "cached-ids": (interleaved, "inversions"),
    "unreferenced-lock": (interleaved, "inversions"),
    "inbox-outside": (reader_killed, "lost"),
    "ack-first": (reader_killed, "lost"),
    "first-record": (gaps.compacted, "stuck"),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands still, stands still for good."""
    monkeypatch.setattr(frame, "QUIET_SECONDS", 8.0)
    monkeypatch.setattr(gaps, "RECOVERY_SECONDS", 8.0)


@pytest.fixture(scope="module")
async def prepared(servers: Servers) -> AsyncIterator[Ground]:
    """Servers with the database that rows copy."""
    made = await ground.prepare(servers)
    yield made
    await ground.forget(made)


async def performed(place: Ground, folder: Path, part: Part, *program: str) -> Result:
    return await perform(Row(0, "part of a row", part), place, folder, program or SERVICE)


@pytest.mark.parametrize("part", [interleaved, reader_killed, gaps.compacted])
async def test_nothing_is_wrong_with_the_service_as_it_is(
    prepared: Ground, tmp_path: Path, part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    result = await performed(prepared, tmp_path, part)

    assert (result.trouble, result.verdict.examples) == ("", [])


@pytest.mark.parametrize("mutant", MUTANTS)
async def test_a_mutant_is_found(prepared: Ground, tmp_path: Path, mutant: str) -> None:
    """What a mutant does wrong is a race, which one run in many may win: it has to be found in one of a few."""
    part, kind = FOUND[mutant]
    for number in range(RUNS):
        folder = tmp_path / str(number)
        folder.mkdir()
        result = await performed(prepared, folder, part, "tests.faults.mutants", mutant)
        if result.verdict.counts[kind] > 0:
            break

    assert result.verdict.counts[kind] > 0, (result.trouble, result.verdict.examples)
    assert not any("is dead" in sentence for sentence in result.verdict.stuck)
