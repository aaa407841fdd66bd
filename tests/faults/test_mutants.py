"""The suite finds nothing wrong with the service as it is, and fails on each of its mutants."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from deploy.local.servers import Servers
from tests.faults import environment, runner
from tests.faults.environment import PreparedServers
from tests.faults.interleaved import interleave_transactions
from tests.faults.mutants import MUTANTS
from tests.faults.processes import SERVICE
from tests.faults.row import Row
from tests.faults.rows import gaps
from tests.faults.rows.kills import READER_STEPS
from tests.faults.runner import Result, run_row
from tests.faults.stage import Stage

pytestmark = [pytest.mark.timeout(180), pytest.mark.mutants]

Part = Callable[[Stage], Awaitable[None]]


async def interleave_twice(stage: Stage) -> None:
    """Of row 12: transactions that commit in another order than they began."""
    service = stage.add_process("service", "serve")
    await service.start_and_wait()
    async with stage.under_load(service):
        await interleave_transactions(stage, rounds=2)


async def kill_reader(stage: Stage) -> None:
    """Of row 1: the reader dies before the COMMIT of inbox and effects."""
    step, _, _ = READER_STEPS[0].partition(":")
    writer, reader = stage.add_writer(), stage.add_reader()
    await writer.start_and_wait()
    await reader.start_and_wait(f"{step}:10")
    async with stage.under_load(writer):
        await reader.wait_for_death()
        reader.start_process()


RUNS = 4

# Which part finds a mutant, and what it finds.
FOUND: dict[str, tuple[Part, str]] = {
    "by-xmin": (interleave_twice, "reorderings"),
    "by-id": (interleave_twice, "lost"),
    "cached-ids": (interleave_twice, "reorderings"),
    "unreferenced-lock": (interleave_twice, "reorderings"),
    "inbox-outside": (kill_reader, "lost"),
    "ack-first": (kill_reader, "lost"),
    "first-record": (gaps.open_gap, "stuck"),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands still, stands still for good."""
    monkeypatch.setattr(runner, "QUIET_SECONDS", 8.0)
    monkeypatch.setattr(gaps, "RECOVERY_SECONDS", 8.0)


@pytest.fixture(scope="module")
async def prepared(servers: Servers) -> AsyncIterator[PreparedServers]:
    """Servers with the database that rows copy."""
    made = await environment.prepare_servers(servers)
    yield made
    await environment.drop_template(made)


async def run_part(prepared: PreparedServers, folder: Path, part: Part, *program: str) -> Result:
    return await run_row(Row(0, "part of a row", part), prepared, folder, program or SERVICE)


@pytest.mark.parametrize("part", [interleave_twice, kill_reader, gaps.open_gap])
async def test_nothing_is_wrong_with_the_service_as_it_is(
    prepared: PreparedServers, tmp_path: Path, part: Part, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    result = await run_part(prepared, tmp_path, part)

    assert (result.trouble, result.verdict.examples) == ("", [])


@pytest.mark.parametrize("mutant", MUTANTS)
async def test_a_mutant_is_found(prepared: PreparedServers, tmp_path: Path, mutant: str) -> None:
    """What a mutant does wrong is a race, which one run in many may win: it has to be found in one of a few."""
    part, kind = FOUND[mutant]
    for number in range(RUNS):
        folder = tmp_path / str(number)
        folder.mkdir()
        result = await run_part(prepared, folder, part, "tests.faults.mutants", mutant)
        if result.verdict.counts[kind] > 0:
            break

    assert result.verdict.counts[kind] > 0, (result.trouble, result.verdict.examples)
    assert not any("is dead" in sentence for sentence in result.verdict.stuck)
