"""The contest: each kind of part measures what it says, in small, and no part that the page shows is left out."""

import cProfile
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bench import history, report, work
from bench.contest import Contest, list_peers
from bench.contestants import FASTSTREAM_OUTBOX, OURS
from bench.cost import shares_by_library
from bench.drains import measure_drain, measure_naive_drain, measure_serial_limit
from bench.environment import ContestSetup, fresh_environment
from bench.kills import measure_losses
from bench.latency import measure_latency
from bench.medians import LEDGER
from bench.sizes import Sizes

RESULTS = sorted((report.ROOT / "bench" / "results").glob("*.json"))[-1]
TINY = Sizes(backlog=400, rounds=1, seconds=1, rate=100, history=700, conditions=100, kills=1, memory=2000)
NUMBER = r"\d+(\.\d+)?"
CLOSING = (
    rf"bench: drain {NUMBER} of the serial limit, {NUMBER} times naive;"
    rf" latency p50 {NUMBER} p99 {NUMBER} times naive; history {NUMBER} times"
)


@pytest.fixture(scope="module")
def results() -> Any:
    """The newest contest that is kept."""
    return json.loads(RESULTS.read_text("utf-8"))


def faults(measured: Mapping[str, Any]) -> dict[str, int]:
    """What went wrong; a record that is sent again is no fault."""
    return {name: measured[name] for name in LEDGER if measured[name] and name != "repeated"}


async def test_every_part_that_the_page_shows_is_measured_in_its_order(
    setup: ContestSetup, results: Any
) -> None:
    contest = Contest(setup, TINY, list_peers(built=True), print)
    async with fresh_environment(setup) as aged:
        round_parts = [*contest.throughput_parts(aged), *contest.latency_parts(half_of_maximum=100)]

    assert round_parts == list(results["rounds"][0])
    assert list(contest.parts_run_once()) == list(results["once"])


def test_the_page_is_made_from_the_newest_results(results: Any) -> None:
    assert report.build_page(results, RESULTS) in report.PAGE.read_text("utf-8")
    assert re.fullmatch(CLOSING, report.closing_line(results))


async def test_a_drain_delivers_its_backlog_and_measures_the_cpu_of_each_process(setup: ContestSetup) -> None:
    measured = await measure_drain(setup, FASTSTREAM_OUTBOX, 100)

    assert measured["lost"] == measured["phantom_writes"] == 0
    assert {"owner", "reader", "PostgreSQL"} <= measured["cpu"].keys()
    assert min(measured["rate"], measured["insert"], *measured["memory"]) > 0


async def test_the_naive_contestant_drains_a_backlog_of_commands(setup: ContestSetup) -> None:
    measured = await measure_naive_drain(setup, 50)

    assert measured["messages"] == 50
    assert not faults(measured)


async def test_the_serial_limit_is_that_of_all_stages_behind_the_insert(setup: ContestSetup) -> None:
    measured = await measure_serial_limit(setup, TINY.backlog)

    assert not faults(measured)
    rates = [rate for stage, rate in measured["stages"].items() if stage != "insert"]
    assert 1 / measured["rate"] == pytest.approx(sum(1 / rate for rate in rates))


async def test_a_latency_is_measured_at_a_steady_rate(setup: ContestSetup) -> None:
    measured = await measure_latency(setup, OURS, TINY.rate, TINY.seconds)

    assert not faults(measured)
    assert 0 < measured["p50"] <= measured["p99"]


async def test_ours_loses_nothing_when_its_owner_is_killed(setup: ContestSetup) -> None:
    measured = await measure_losses(setup, OURS, TINY)

    assert not faults(measured)
    assert measured["messages"] > 0


async def test_histories_and_backlogs_are_written_by_the_server_itself(setup: ContestSetup) -> None:
    async with fresh_environment(setup) as environment:
        await history.add_history(setup.servers.postgres, await environment.database_name(), TINY.history)
        await history.insert_backlog(environment.connection, "backlog", members=20, versions=10)

        outbox = await environment.connection.fetchval(f"SELECT count(*) FROM {work.OWNER}.outbox")
        inbox = await environment.connection.fetchval(f"SELECT count(*) FROM {work.READER}.inbox")
    assert (outbox, inbox) == (TINY.history + 200, TINY.history)


def test_a_profile_is_shared_out_by_library_and_by_our_own_module(tmp_path: Path) -> None:
    with cProfile.Profile() as profile:
        for number in range(1000):
            json.dumps(work.build_card(work.member_id(number), 1).model_dump(mode="json"), indent=1)
    profile.dump_stats(tmp_path / "some.prof")
    shares = shares_by_library(tmp_path / "some.prof")

    assert {"json", "pydantic", "bench.work"} <= shares.keys()
    assert sum(shares.values()) == pytest.approx(100)
