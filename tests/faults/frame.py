"""The frame around each row: a fresh stage before, quiescence and the checker after."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import structlog
from aiokafka.errors import KafkaError

from tests.faults import checker, findings, ground, ledger
from tests.faults.checker import Verdict
from tests.faults.ground import Ground
from tests.faults.row import Row
from tests.faults.stage import WHOLE, Course, Stage

log = structlog.get_logger(__name__)

QUIET_SECONDS = 60.0
UNKNOWN = Verdict((), (), (), (), (), 0)


@dataclass(frozen=True)
class Result:
    """What became of a row. `maybe` operations had no clear answer; of these so many were `done`. `trouble` says
    why it couldn't be acted or checked to its end."""

    row: Row
    seconds: float
    verdict: Verdict = UNKNOWN
    operations: int = 0
    maybe: int = 0
    done: int = 0
    trouble: str = ""
    recoveries: dict[str, float] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.trouble and self.verdict.clean


async def perform(
    row: Row, place: Ground, folder: Path, program: Sequence[str], course: Course = WHOLE
) -> Result:
    """Act a row and check what it left. Its logs and ledgers stay in the folder, which must exist."""
    begun = time.monotonic()
    try:
        async with ground.fresh(place) as (dsn, kafka), ground.looking(dsn) as pool:
            stage = Stage(place.servers, kafka, dsn, pool, folder, program, course)
            try:
                trouble = await _act(row, stage)
                return await _checked(row, stage, trouble, begun)
            finally:
                for process in stage.processes.values():
                    process.dismiss()
    except Exception as error:  # noqa: BLE001 - whatever a row leaves, the rows behind it go on
        return Result(row, time.monotonic() - begun, trouble=_sentence(error))


async def _act(row: Row, stage: Stage) -> str:
    """What went wrong; nothing if nothing did. The rest is checked all the same: it may say why."""
    try:
        await row.act(stage)
    except Exception as error:  # noqa: BLE001 - whatever a row raises, it has failed
        return _sentence(error)
    return ""


async def _checked(row: Row, stage: Stage, trouble: str, begun: float) -> Result:
    if trouble:
        await ground.mend(stage.servers)
    stuck = await _stuck(stage)
    asked = ledger.read(stage.ledgers)
    asked.undone |= stage.undone
    found = await findings.find(
        stage.pool,
        stage.kafka,
        stuck,
        forged=stage.forged,
        undone=stage.undone,
        compacted=stage.compacted,
    )
    return Result(
        row,
        time.monotonic() - begun,
        checker.judge(asked, found, frozenset(stage.parked)),
        len(asked.issued),
        len(asked.maybe),
        len(asked.maybe & {entry.value for entry in found.entries}),
        trouble,
        stage.recoveries,
        stage.figures,
    )


async def _stuck(stage: Stage) -> list[str]:
    """What still stands when it should have become quiet, and who is dead."""
    until = time.monotonic() + QUIET_SECONDS
    while (standing := await _standing(stage)) and time.monotonic() < until:
        await asyncio.sleep(0.2)
    dead = [p.name for p in stage.processes.values() if p.wanted and not p.running]
    return standing + [f"{name} is dead" for name in dead]


async def _standing(stage: Stage) -> list[str]:
    try:
        return await findings.standing(stage.pool, stage.kafka)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, KafkaError, OSError) as error:
        return [f"a server does not answer ({type(error).__name__})"]


def _sentence(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
