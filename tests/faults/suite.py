"""The run of many rows: on which servers each is performed, and what runs beside what."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.home import reset_home
from deploy.local.servers import KAFKA, POSTGRES, running_servers
from tests.faults import ground, report
from tests.faults.frame import Result, perform
from tests.faults.ground import Ground
from tests.faults.report import say
from tests.faults.row import Row
from tests.faults.stage import Course


@dataclass(frozen=True)
class Suite:
    """`folder` gets the servers' homes, and in `rows` the logs and ledgers of each row; `program` runs the service."""

    folder: Path
    program: Sequence[str]
    course: Course

    def run(self, wanted: Sequence[Row]) -> list[Result]:
        """All rows, each told when it ends: the gentle ones two at a time, all others one after another."""
        for row in wanted:
            self._place(row).mkdir(parents=True)
        results = self._on_shared_servers([row for row in wanted if not row.alone])
        for row in (row for row in wanted if row.alone):
            with _pair(self.folder / f"own{row.number}", row) as both:
                results.append(asyncio.run(self._tell(row, both)))
        return sorted(results, key=lambda result: result.row.number)

    def _on_shared_servers(self, wanted: Sequence[Row]) -> list[Result]:
        if not wanted:
            return []
        with _pair(self.folder / "shared") as both:
            results = asyncio.run(self._tell_beside([row for row in wanted if row.gentle], both))
            return results + [asyncio.run(self._tell(row, both)) for row in wanted if not row.gentle]

    async def _tell_beside(self, gentle: Sequence[Row], both: Ground) -> list[Result]:
        two = asyncio.Semaphore(2)

        async def in_turn(row: Row) -> Result:
            async with two:
                return await self._tell(row, both)

        return await asyncio.gather(*(in_turn(row) for row in gentle))

    async def _tell(self, row: Row, both: Ground) -> Result:
        result = await perform(row, both, self._place(row), self.program, self.course)
        say(report.line(result))
        return result

    def _place(self, row: Row) -> Path:
        return self.folder / "rows" / f"{row.number} {row.name}"


@contextmanager
def _pair(home: Path, row: Row | None = None) -> Iterator[Ground]:
    """Servers as the row wants them, or as most do, and the database that rows copy."""
    for variable in (KAFKA, POSTGRES):
        os.environ.pop(variable, None)
    brokers = row.brokers if row else 1
    kafka, postgres = (row.kafka_settings, row.postgres_settings) if row else ({}, {})
    try:
        with running_servers(
            home, brokers, durable=False, kafka_settings=kafka, postgres_settings=postgres, say=say
        ) as both:
            yield asyncio.run(ground.prepare(both))
    finally:
        reset_home(home)
