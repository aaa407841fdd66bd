"""Latency: from the commit of a command to the commit of its effect, at a steady rate of commands."""

from typing import Any

from bench.contestants import Contestant, stop_children
from bench.environment import ContestSetup, fresh_environment


async def measure_latency(
    setup: ContestSetup, contestant: Contestant, rate: float, seconds: float
) -> dict[str, Any]:
    """p50 and p99 in ms at `rate` commands a second, with a tenth more commands before them to warm up."""
    count = round(rate * seconds)
    warm = max(count // 10, 20)
    async with (
        fresh_environment(setup) as environment,
        contestant.running_pair(environment) as (owner, reader),
    ):
        await reader.call("start_consumer")
        await owner.call("start_relay")
        await owner.call("run_at_rate", rate=rate, count=warm, first=0)
        await environment.wait_for_arrivals(warm)
        await owner.call("run_at_rate", rate=rate, count=count, first=warm)
        ledger = await environment.read_ledger()
        latencies = await environment.read_latencies(warm)
        await stop_children(owner, reader)
    return {"rate": rate, "p50": _percentile(latencies, 50), "p99": _percentile(latencies, 99), **ledger}


def _percentile(ascending: list[float], percent: int) -> float:
    return ascending[min(len(ascending) * percent // 100, len(ascending) - 1)]
