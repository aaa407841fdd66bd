"""The run of many rows: on which servers each is performed, and what runs beside what."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.home import reset_home
from deploy.local.servers import KAFKA, POSTGRES, running_servers
from shared.testing.access import ENVIRONMENT
from tests.faults import environment, report
from tests.faults.environment import PreparedServers
from tests.faults.report import print_now
from tests.faults.row import Row
from tests.faults.runner import Result, run_row
from tests.faults.stage import RandomSettings


@dataclass(frozen=True)
class Suite:
    """`folder` gets the servers' homes, and in `rows` the logs and ledgers of each row; `program` runs the service."""

    folder: Path
    program: Sequence[str]
    random_settings: RandomSettings

    def run_rows(self, wanted: Sequence[Row]) -> list[Result]:
        """All rows, each printed when it ends: the gentle ones two at a time, all others one after another."""
        for row in wanted:
            self._row_folder(row).mkdir(parents=True)
        results = self._on_shared_servers([row for row in wanted if not row.needs_own_servers])
        for row in (row for row in wanted if row.needs_own_servers):
            with _prepared_servers(self.folder / f"own{row.number}", row) as prepared:
                results.append(asyncio.run(self._run_and_print(row, prepared)))
        return sorted(results, key=lambda result: result.row.number)

    def _on_shared_servers(self, wanted: Sequence[Row]) -> list[Result]:
        if not wanted:
            return []
        with _prepared_servers(self.folder / "shared") as prepared:
            results = asyncio.run(self._run_side_by_side([row for row in wanted if row.gentle], prepared))
            return results + [
                asyncio.run(self._run_and_print(row, prepared)) for row in wanted if not row.gentle
            ]

    async def _run_side_by_side(self, gentle: Sequence[Row], prepared: PreparedServers) -> list[Result]:
        two = asyncio.Semaphore(2)

        async def in_turn(row: Row) -> Result:
            async with two:
                return await self._run_and_print(row, prepared)

        return await asyncio.gather(*(in_turn(row) for row in gentle))

    async def _run_and_print(self, row: Row, prepared: PreparedServers) -> Result:
        result = await run_row(row, prepared, self._row_folder(row), self.program, self.random_settings)
        print_now(report.row_lines(result))
        return result

    def _row_folder(self, row: Row) -> Path:
        return self.folder / "rows" / f"{row.number} {row.name}"


@contextmanager
def _prepared_servers(home: Path, row: Row | None = None) -> Iterator[PreparedServers]:
    """Servers as the row wants them, or as most do, and the database that rows copy."""
    for variable in (KAFKA, POSTGRES):
        os.environ.pop(variable, None)
    os.environ |= ENVIRONMENT
    brokers = row.brokers if row else 1
    kafka, postgres = (row.kafka_settings, row.postgres_settings) if row else ({}, {})
    try:
        with running_servers(
            home, brokers, durable=False, kafka_settings=kafka, postgres_settings=postgres, say=print_now
        ) as own:
            yield asyncio.run(environment.prepare_servers(own))
    finally:
        reset_home(home)
