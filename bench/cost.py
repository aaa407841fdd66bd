"""Where the CPU of our two processes goes: profiled once, by the library that the time was spent in."""

import pstats
from collections import Counter
from pathlib import Path
from typing import Any

from bench import backlog
from bench.contestants import OURS, stop_children
from bench.environment import ContestSetup, fresh_environment
from bench.sizes import Sizes

ROOT = Path(__file__).parents[1]
LIBRARIES = ("aiokafka", "asyncpg", "faststream", "pydantic", "structlog", "uuid_utils", "json", "asyncio")
BUILT_IN, REST = "~", "the rest"
WAITING = "'poll' of 'select.epoll'"
MESSAGES = 50_000

Function = tuple[str, int, str]


async def measure_profile(setup: ContestSetup, sizes: Sizes) -> dict[str, Any]:
    """Percent of the working time under cProfile, for each process by library. A profiler weighs calls of Python
    functions more than they take without it, and C code counts for whoever called it."""
    messages = min(sizes.backlog, MESSAGES)
    async with fresh_environment(setup) as environment, OURS.running_pair(environment) as (owner, reader):
        await owner.call("fill_backlog", backlog=messages, members=Sizes.member_count(messages))
        await reader.call("start_consumer")
        paths = [setup.logs / f"{name}.prof" for name in ("relay", "consumer")]
        for child in (owner, reader):
            await child.call("start_profile")
        await backlog.drain_backlog(
            setup, environment, {"relay": owner, "consumer": reader}, "start_relay", messages
        )
        for child, path in zip((owner, reader), paths, strict=True):
            await child.call("write_profile", path=str(path))
        ledger = await environment.read_ledger()
        await stop_children(owner, reader)
    return {**{path.stem: shares_by_library(path) for path in paths}, **ledger}


def shares_by_library(path: Path) -> dict[str, float]:
    """Percent of the time that wasn't spent waiting, by library, the largest first."""
    taken: Counter[str] = Counter()
    for function, (_, _, own, _, callers) in pstats.Stats(str(path)).stats.items():  # type: ignore[attr-defined]
        if WAITING in function[2]:
            continue
        if function[0] == BUILT_IN and callers:
            for caller, (_, _, spent, _) in callers.items():
                taken[_library_of(caller)] += spent
        else:
            taken[_library_of(function)] += own
    return {name: 100 * seconds / taken.total() for name, seconds in taken.most_common()}


def _library_of(function: Function) -> str:
    """A library's name; of our own code, the module's."""
    path = Path(function[0])
    if path.is_relative_to(ROOT) and ".venv" not in path.parts:
        return ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return next((name for name in LIBRARIES if name in path.parts), REST)
