"""An upgrade: the schema first, then one process after another; commands are taken and told of all the time."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from shared.runtime.service import PARTS, Service
from shared.testing.services import Running, running_service
from tests.operations.operator import Log, walking
from tests.shared.toy.app import FOLDER, compose
from tests.shared.toy.parts import took_effect


@pytest.fixture
def newer(tmp_path: Path) -> Service:
    """The next version: it has a column and an index more."""
    folder = tmp_path / "toy"
    shutil.copytree(FOLDER / "migrations", folder / "migrations")
    (folder / "migrations" / "0002_note.sql").write_text("ALTER TABLE tally ADD COLUMN note text DEFAULT '';")
    index = "CREATE INDEX CONCURRENTLY IF NOT EXISTS tally_note ON tally (note);"
    (folder / "migrations" / "0003_notes.sql").write_text(index)
    return replace(compose(), folder=folder)


async def counts_up(running: Running) -> bool:
    return (await running.http.post("/tallies/a")).status_code == 201


async def test_old_and_new_processes_take_commands_beside_each_other_on_the_newer_schema(
    toy: pytest.MonkeyPatch, newer: Service, log: Log
) -> None:
    async with walking("Upgrade", log) as operator, running_service(newer, PARTS) as second:
        async with running_service(compose(), PARTS) as first:
            await operator.all_is_well(first)
            await operator.sees(second, "database", "schema lacks toy/0002_note.sql")
            assert await counts_up(first)

            await operator.does(newer, "migrate")
            await operator.all_is_well(first)
            await operator.all_is_well(second)
            assert await counts_up(first)
            assert await counts_up(second)
        assert await counts_up(second)
        await took_effect(second.pool, {"a": [1, 2, 3, 4]})
