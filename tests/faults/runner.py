"""Runs a row: in a fresh environment, then waits until all is quiet and checks what is left."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from tests.faults import checker, environment, findings, ledger
from tests.faults.checker import Judgement, Verdict
from tests.faults.environment import PreparedServers
from tests.faults.row import Row
from tests.faults.stage import DEFAULT_RANDOM, RandomSettings, Stage

log = structlog.get_logger(__name__)

QUIET_SECONDS = 60.0
UNCHECKED = Verdict((), (), (), (), (), 0)


@dataclass(frozen=True)
class Result:
    """What became of a row. `maybe` operations had no clear answer; of these so many were `done`. `trouble` says
    why it couldn't be run or checked to its end."""

    row: Row
    seconds: float
    verdict: Verdict = UNCHECKED
    operations: int = 0
    maybe: int = 0
    done: int = 0
    trouble: str = ""
    recoveries: dict[str, float] = field(default_factory=dict)
    measurements: dict[str, float] = field(default_factory=dict)

    @property
    def has_passed(self) -> bool:
        return not self.trouble and self.verdict.is_clean


async def run_row(
    row: Row,
    prepared: PreparedServers,
    folder: Path,
    program: Sequence[str],
    random_settings: RandomSettings = DEFAULT_RANDOM,
) -> Result:
    """Act a row and check what it left. Its logs and ledgers stay in the folder, which must exist."""
    begun = time.monotonic()
    try:
        async with (
            environment.row_environment(prepared) as (dsn, kafka),
            environment.inspection_pool(dsn) as pool,
        ):
            stage = Stage(prepared.servers, kafka, dsn, pool, folder, program, random_settings)
            try:
                trouble = await _act_row(row, stage)
                return await _check_row(row, stage, trouble, begun)
            finally:
                for process in stage.processes.values():
                    process.kill_unwanted()
    except Exception as error:  # noqa: BLE001 - whatever a row leaves, the rows behind it go on
        return Result(row, time.monotonic() - begun, trouble=_one_line(error))


async def _act_row(row: Row, stage: Stage) -> str:
    """What went wrong; nothing if nothing did. The rest is checked all the same: it may say why."""
    try:
        await row.act(stage)
    except Exception as error:  # noqa: BLE001 - whatever a row raises, it has failed
        return _one_line(error)
    return ""


async def _check_row(row: Row, stage: Stage, trouble: str, begun: float) -> Result:
    if trouble:
        await environment.mend_servers(stage.servers)
    judgement = stage.judgement or await _judge_accounts(stage)
    seconds = time.monotonic() - begun
    return Result(row, seconds, *judgement, trouble, stage.recoveries, stage.measurements)


async def _judge_accounts(stage: Stage) -> Judgement:
    stuck = await _wait_until_quiet(stage)
    asked = ledger.read_ledger(stage.ledgers)
    asked.undone |= stage.undone
    found = await findings.collect_findings(
        stage.pool,
        stage.kafka,
        stuck,
        forged=stage.forged,
        undone=stage.undone,
        compacted=stage.compacted,
    )
    return Judgement(
        checker.check_findings(asked, found, frozenset(stage.parked)),
        len(asked.issued),
        len(asked.unanswered),
        len(asked.unanswered & {entry.value for entry in found.entries}),
    )


async def _wait_until_quiet(stage: Stage) -> list[str]:
    """What is unfinished when all should be quiet, and which processes are dead."""
    until = time.monotonic() + QUIET_SECONDS
    while (unfinished := await _find_unfinished(stage)) and time.monotonic() < until:
        await asyncio.sleep(0.2)
    dead = [p.name for p in stage.processes.values() if p.wanted and not p.is_running]
    return unfinished + [f"{name} is dead" for name in dead]


async def _find_unfinished(stage: Stage) -> list[str]:
    try:
        return await findings.find_unfinished(stage.pool, stage.kafka)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError, OSError) as error:
        return [f"a server does not answer ({type(error).__name__})"]


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
