"""Another clock for one process: its wall clock is wrong, and its monotonic clock runs as ever."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx

from tests.faults.processes import Process

PLACES = ("/usr/lib/*/faketime", "/usr/lib64/faketime", "/usr/local/lib/faketime")


def wrong_by(seconds: int) -> dict[str, str]:
    """The environment of a process whose clock is ahead by so many seconds, or behind.

    Raises AssertionError if the machine lacks libfaketime.
    """
    found = [path for place in PLACES for path in Path("/").glob(f"{place[1:]}/libfaketime.so.1")]
    assert found, "this machine has no libfaketime (Debian: install the package libfaketime)"
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": f"{seconds:+d}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


async def offset(process: Process) -> float:
    """By how many seconds the clock of this process is ahead of ours, as its HTTP answers tell."""
    async with httpx.AsyncClient(base_url=process.door, timeout=5) as http:
        told = (await http.get("/livez")).headers["date"]
    return (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds()
