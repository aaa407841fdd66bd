"""The frame tells what a row left dead or lost, and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.servers import Servers
from tests.faults import ground
from tests.faults.frame import perform
from tests.faults.ground import Ground
from tests.faults.processes import SERVICE
from tests.faults.row import Row
from tests.faults.stage import Stage


@pytest.fixture
async def prepared(servers: Servers) -> AsyncIterator[Ground]:
    """Servers with the database that rows copy."""
    made = await ground.prepare(servers)
    yield made
    await ground.forget(made)


async def careless(stage: Stage) -> None:
    """Takes an effect away, leaves a process dead that nothing waits for, and then stumbles."""
    writer, _ = await stage.both()
    spare = stage.process("spare", "serve", "--only=relay")
    spare.begin()
    async with stage.load(writer), stage.fault("none"):
        pass
    await stage.pool.execute("DELETE FROM effect WHERE id = (SELECT min(id) FROM effect)")
    spare.child.kill()
    raise ValueError("over its own feet")


async def test_what_a_row_leaves_is_told(prepared: Ground, tmp_path: Path) -> None:
    result = await perform(Row(0, "careless", careless), prepared, tmp_path, SERVICE)

    assert result.verdict.stuck == ["spare is dead"]
    assert result.verdict.counts == {
        "lost": 1,
        "ghosts": 0,
        "duplicate effects": 0,
        "inversions": 0,
        "stuck": 1,
    }
    assert result.trouble == "ValueError: over its own feet"
    assert result.operations
    assert result.recoveries["none"] < 10
    assert not result.passed
