"""Where the CPU of our two processes goes: profiled once, by the library that the time was spent in."""

import pstats
from collections import Counter
from pathlib import Path
from typing import Any

from bench import backlog
from bench.contestants import OURS, stop
from bench.ground import Stage, fresh
from bench.sizes import Sizes

ROOT = Path(__file__).parents[1]
LIBRARIES = ("aiokafka", "asyncpg", "faststream", "pydantic", "structlog", "uuid_utils", "json", "asyncio")
BUILT_IN, REST = "~", "the rest"
WAITING = "'poll' of 'select.epoll'"
MESSAGES = 50_000

Function = tuple[str, int, str]


async def profiled(stage: Stage, sizes: Sizes) -> dict[str, Any]:
    """Percent of the working time under cProfile, for each process by library. A profiler weighs calls of Python
    functions more than they take without it, and C code counts for whoever called it."""
    messages = min(sizes.backlog, MESSAGES)
    async with fresh(stage) as ground, OURS.pair(ground) as (owner, reader):
        await owner.ask("fill", backlog=messages, members=sizes.members(messages))
        await reader.ask("consume")
        paths = [stage.logs / f"{name}.prof" for name in ("relay", "consumer")]
        for child in (owner, reader):
            await child.ask("profile")
        await backlog.drain(stage, ground, {"relay": owner, "consumer": reader}, "relay", messages)
        for child, path in zip((owner, reader), paths, strict=True):
            await child.ask("profiled", path=str(path))
        ledger = await ground.ledger()
        await stop(owner, reader)
    return {**{path.stem: shares(path) for path in paths}, **ledger}


def shares(path: Path) -> dict[str, float]:
    """Percent of the time that wasn't spent waiting, by library, the largest first."""
    taken: Counter[str] = Counter()
    for function, (_, _, own, _, callers) in pstats.Stats(str(path)).stats.items():  # type: ignore[attr-defined]
        if WAITING in function[2]:
            continue
        if function[0] == BUILT_IN and callers:
            for caller, (_, _, spent, _) in callers.items():
                taken[_library(caller)] += spent
        else:
            taken[_library(function)] += own
    return {name: 100 * seconds / taken.total() for name, seconds in taken.most_common()}


def _library(function: Function) -> str:
    """A library's name; of our own code, the module's."""
    path = Path(function[0])
    if path.is_relative_to(ROOT) and ".venv" not in path.parts:
        return ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return next((name for name in LIBRARIES if name in path.parts), REST)
