"""Another clock for one process: its wall clock is wrong, and its monotonic clock runs as ever."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from tests.faults.processes import Process

FOLDERS = ("/usr/lib/*/faketime", "/usr/lib64/faketime", "/usr/local/lib/faketime")


def wrong_by(seconds: int) -> dict[str, str]:
    """The environment of a process whose clock is ahead by so many seconds, or behind.

    Raises AssertionError if the machine lacks libfaketime.
    """
    found = [path for folder in FOLDERS for path in Path("/").glob(f"{folder[1:]}/libfaketime.so.1")]
    assert found, "this machine has no libfaketime (Debian: install the package libfaketime)"
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": f"{seconds:+d}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


async def clock_offset(process: Process) -> float:
    """By how many seconds the clock of this process is ahead of ours, by the date of its HTTP answers."""
    async with httpx.AsyncClient(base_url=process.base_url, timeout=5) as http:
        date = (await http.get("/livez")).headers["date"]
    return (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
