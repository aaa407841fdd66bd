"""How much memory a process really takes: its own pages, and its share of those it shares."""

from collections.abc import Sequence
from pathlib import Path

from deploy.local.children import children_of


def measure_megabytes(pids: Sequence[int]) -> float | None:
    """The proportional set size in MB of the processes and their children; None where the system hides it."""
    family = [member for pid in pids for member in (pid, *children_of(pid))]
    sizes = [_read_kilobytes(pid) for pid in family]
    known = [size for size in sizes if size is not None]
    return sum(known) / 1024 if known else None


def _read_kilobytes(pid: int) -> int | None:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), None)
