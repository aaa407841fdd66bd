"""The runner finds what a row left dead or lost, and nothing else."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.local.servers import Servers
from tests.faults import environment
from tests.faults.environment import PreparedServers
from tests.faults.processes import SERVICE
from tests.faults.row import Row
from tests.faults.runner import run_row
from tests.faults.stage import Stage


@pytest.fixture
async def prepared(servers: Servers) -> AsyncIterator[PreparedServers]:
    """Servers with the database that rows copy."""
    made = await environment.prepare_servers(servers)
    yield made
    await environment.drop_template(made)


async def leave_a_mess(stage: Stage) -> None:
    """Takes an effect away, leaves a process dead that nothing waits for, and then fails."""
    writer, _ = await stage.start_both()
    spare = stage.add_process("spare", "serve", "--only=relay")
    spare.start_process()
    async with stage.under_load(writer), stage.inject_fault("none"):
        pass
    await stage.pool.execute("DELETE FROM effect WHERE id = (SELECT min(id) FROM effect)")
    spare.child.kill()
    raise ValueError("on purpose")


async def test_what_a_row_leaves_is_found(prepared: PreparedServers, tmp_path: Path) -> None:
    result = await run_row(Row(0, "careless", leave_a_mess), prepared, tmp_path, SERVICE)

    assert result.verdict.stuck == ["spare is dead"]
    assert result.verdict.counts == {
        "lost": 1,
        "phantom writes": 0,
        "duplicate effects": 0,
        "reorderings": 0,
        "stuck": 1,
    }
    assert result.trouble == "ValueError: on purpose"
    assert result.operations
    assert result.recoveries["none"] < 10
    assert not result.has_passed
