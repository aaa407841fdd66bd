"""A process that holds a pipe to the launcher and ends the launcher's children when the pipe closes.

It runs by its file name with the standard library only, and in a session of its own, so neither Ctrl-C nor
the launcher's death reaches it. Lines on its input: `+PID SIGNAL` (end this one with SIGNAL), `-PID` (ended).
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

GRACE = 5.0


def main() -> None:
    wards: dict[int, int] = {}
    for line in sys.stdin:
        pid, *ending = line[1:].split()
        if line.startswith("+"):
            wards[int(pid)] = int(ending[0])
        else:
            wards.pop(int(pid), None)
    end_wards(wards)


def end_wards(wards: dict[int, int]) -> None:
    """Signal each process and its group, and kill what is left after GRACE seconds."""
    for pid, ending in wards.items():
        send_signal(pid, ending)
        send_signal(pid, signal.SIGCONT)
    deadline = time.monotonic() + GRACE
    while any_alive(wards) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in wards:
        send_signal(pid, signal.SIGKILL)


def send_signal(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def any_alive(pids: Iterable[int]) -> bool:
    return any(is_alive(pid) for pid in pids)


def is_alive(pid: int) -> bool:
    """Whether the process still runs; one that only waits to be collected by its parent doesn't."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()


if __name__ == "__main__":
    main()
