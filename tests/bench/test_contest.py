"""The contest runs to its closing line, on servers of its own and with tiny numbers."""

import asyncio
import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench import report
from bench.commands import STEPS
from bench.medians import LEDGER
from deploy.local.servers import KAFKA, POSTGRES

ROOT = Path(__file__).parents[2]
TINY = (
    "--backlog=400",
    "--rounds=1",
    "--seconds=1",
    "--rate=50",
    "--history=700",
    "--conditions=200",
    "--kills=2",
    "--memory=2000",
)
NUMBER = r"\d+(\.\d+)?"
CLOSING = (
    rf"bench: drain {NUMBER} of the serial limit, {NUMBER} times naive;"
    rf" latency p50 {NUMBER} p99 {NUMBER} times naive; history {NUMBER} times"
)
OURS = ("ours", "serial", "calm latency of ours", "latency of ours", "latency at half", "commands", "history")


@dataclass(frozen=True)
class Held:
    """A contest that was held: what it said, and its results."""

    said: str
    results: dict[str, Any]

    @property
    def once(self) -> dict[str, Any]:
        once: dict[str, Any] = self.results["once"]
        return once


@pytest.fixture(scope="module")
async def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    path = tmp_path_factory.mktemp("contest") / "results.json"
    contest = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench", *TINY, f"--json={path}"),
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in (KAFKA, POSTGRES)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await contest.communicate()
    said = output.decode()
    assert contest.returncode == 0, said
    return Held(said, json.loads(path.read_text("utf-8")))


@pytest.mark.timeout(600)
async def test_a_contest_ends_with_its_closing_line(held: Held) -> None:
    assert re.fullmatch(CLOSING, held.said.splitlines()[-1]), held.said


@pytest.mark.timeout(600)
async def test_ours_loses_and_inverts_nothing_in_any_part(held: Held) -> None:
    [figures] = held.results["rounds"]
    parts = {name: figures[name] for name in OURS} | {
        name: part
        for name, part in held.once.items()
        if name.endswith(": ours") or name in ("profile", "memory")
    }
    wrong = {
        name: wrong
        for name, part in parts.items()
        if any(wrong := {what: part[what] for what in LEDGER if what != "repeated"}.values())
    }
    assert len(parts) == len(OURS) + 5
    assert not wrong


@pytest.mark.timeout(600)
async def test_ours_delivers_while_a_session_idles_in_a_transaction(held: Held) -> None:
    ours = held.once["a session idle in transaction: ours"]

    assert ours["while idle"] == ours["messages"] == 100


@pytest.mark.timeout(600)
async def test_the_page_shows_every_contestant_and_every_condition(held: Held) -> None:
    page = report.page(held.results, report.ROOT / "bench" / "results" / "x.json")

    for name in ("ours", "the serial limit", "faststream-outbox", "naive", "naive, receiving half"):
        assert f"\n| {name} | " in page
    for condition in ("early transaction ids", "a session idle in transaction"):
        assert f"| {condition} | ours |" in page
        assert f"| {condition} | faststream-outbox |" in page
    for step in STEPS:
        assert f"| {step.title} | " in page
    assert "| ours, calm | " in page
    assert "| relay: aiokafka |" in page
    assert page.rstrip().endswith(f"{report.line(held.results)}\n```")
