"""The contest runs to its closing line, on servers of its own and with tiny numbers."""

import asyncio
import json
import os
import re
import sys
from pathlib import Path

import pytest

from deploy.local.servers import KAFKA, POSTGRES

ROOT = Path(__file__).parents[2]
TINY = ("--backlog=400", "--rounds=1", "--seconds=1", "--rate=50", "--history=700")
NUMBER = r"\d+(\.\d+)?"
CLOSING = (
    rf"bench: drain {NUMBER} of the serial limit, {NUMBER} times naive;"
    rf" latency p50 {NUMBER} p99 {NUMBER} times naive; history {NUMBER} times"
)


@pytest.mark.timeout(300)
async def test_a_tiny_contest_ends_with_its_closing_line_and_ours_loses_nothing(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    contest = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench", *TINY, f"--json={results}"),
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in (KAFKA, POSTGRES)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await contest.communicate()

    said = output.decode()
    assert contest.returncode == 0, said
    assert re.fullmatch(CLOSING, said.splitlines()[-1]), said
    [figures] = json.loads(results.read_text("utf-8"))["rounds"]
    counted = [figures[name] for name in ("ours", "serial", "latency of ours", "commands", "history")]
    assert [(c["lost"], c["duplicates"], c["inversions"]) for c in counted] == [(0, 0, 0)] * len(counted)
