"""What processes take, from /proc: seconds of CPU with all their offspring, and memory."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")
PARENT, TIMES = 1, slice(11, 15)


class ProcessTimes(NamedTuple):
    """One process: its parent, and its CPU with that of its children that have ended, in seconds."""

    parent: int
    seconds: float


def cpu_seconds(pid: int) -> float:
    """The CPU that a process and all its offspring, living or ended, have taken so far, in seconds."""
    return _with_offspring(pid, _read_processes())


def peak_megabytes(pid: int) -> float:
    """The largest memory that a process has had, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"/proc/{pid}/status names no memory: the process has ended")


def _read_processes() -> dict[int, ProcessTimes]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        found[int(path.parent.name)] = ProcessTimes(int(fields[PARENT]), sum(map(int, fields[TIMES])) / TICKS)
    return found


def _with_offspring(pid: int, processes: Mapping[int, ProcessTimes]) -> float:
    children = [child for child, taken in processes.items() if taken.parent == pid]
    return processes[pid].seconds + sum(_with_offspring(child, processes) for child in children)
