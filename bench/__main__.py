"""The contest's command line: `python -m bench`, on servers of its own that are thrown away."""

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg

from bench import report
from bench.contest import Contest, Sizes
from deploy.local.home import forget
from deploy.local.servers import Servers, servers

RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("faststream", "aiokafka", "asyncpg", "pydantic")
COMMIT_TIMES = {"track_commit_timestamp": "on"}


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Hold the contest, write its results and the page about them, and print one line at the end."""
    given = _arguments()
    sizes = Sizes(
        backlog=given.backlog,
        naive_backlog=max(given.backlog // 40, 200),
        rounds=given.rounds,
        rate=given.rate,
        seconds=given.seconds,
        history=given.history,
    )
    with TemporaryDirectory() as folder:
        home = Path(folder)
        try:
            with servers(home, durable=True, postgres_settings=COMMIT_TIMES, say=say) as both:
                results = asyncio.run(_hold(both, home / "logs", sizes))
        finally:
            forget(home)
    if given.json is None:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{results['at'][:16].replace(':', '')}.json"
        path.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
        report.write(results, path)
    else:
        given.json.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    say(report.table(results))
    say(report.line(results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Hold the contest on embedded servers.")
    usual = Sizes()
    parser.add_argument("--backlog", type=int, default=usual.backlog, help="messages (naive: a fortieth)")
    parser.add_argument("--rounds", type=int, default=usual.rounds)
    parser.add_argument("--rate", type=int, default=usual.rate, help="commands a second for the latency")
    parser.add_argument("--seconds", type=int, default=usual.seconds, help="of commands at that rate")
    parser.add_argument("--history", type=int, default=usual.history, help="rows already in outbox and inbox")
    parser.add_argument(
        "--json", type=Path, help="write the results here, and leave the documents as they are"
    )
    return parser.parse_args()


async def _hold(both: Servers, logs: Path, sizes: Sizes) -> dict[str, Any]:
    begun = time.perf_counter()
    machine = await _machine(both)
    say(", ".join(f"{name} {value}" for name, value in machine.items()))
    rounds = await Contest(both, logs, sizes, say).rounds()
    return {
        "at": datetime.now(UTC).isoformat(),
        "seconds": time.perf_counter() - begun,
        "machine": machine,
        "sizes": vars(sizes),
        "rounds": rounds,
    }


async def _machine(both: Servers) -> dict[str, str]:
    connection = await asyncpg.connect(both.postgres)
    postgres = str(await connection.fetchval("SHOW server_version"))
    await connection.close()
    return {
        "cores": str(os.cpu_count()),
        "processor": _processor(),
        "system": platform.system(),
        "Python": platform.python_version(),
        "PostgreSQL": postgres,
        "Kafka": "4.3.1",
        **{name: version(name) for name in LIBRARIES},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine()
    )


if __name__ == "__main__":
    main()
