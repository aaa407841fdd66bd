"""The contest's command line: `python -m bench`, on servers of its own that are thrown away."""

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from dataclasses import fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg

from bench import report
from bench.contest import Contest, peers
from bench.ground import Stage
from bench.peers.watermill import NotBuilt, build
from bench.sizes import Sizes
from bench.tables import table
from deploy.local.home import reset_home
from deploy.local.servers import Servers, running_servers

MEANING = {
    "backlog": "messages (a fortieth for the contestants that are slow)",
    "rounds": "of which the medians are taken",
    "rate": "commands a second for the latency",
    "calm": "commands a second for the latency of a contestant that nearly rests",
    "seconds": "of commands at that rate",
    "writers": "that write at the same time",
    "history": "rows already in outbox and inbox; 0 leaves that part out",
    "conditions": "messages under early transaction ids, half as many beside an idle session",
    "kills": "of each owner's process",
    "memory": "messages of the large backlog; 0 leaves that part out",
}
RESULTS = Path(__file__).parent / "results"
LIBRARIES = ("faststream", "aiokafka", "asyncpg", "pydantic", "faststream-outbox")
WATERMILL = "1.5.1"
COMMIT_TIMES = {"track_commit_timestamp": "on"}


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Hold the contest, write its results and the page about them, and print one line at the end."""
    given = _arguments()
    sizes = Sizes(**{name: value for name, value in vars(given).items() if name != "json"})
    with TemporaryDirectory() as folder:
        home = Path(folder)
        try:
            with running_servers(home, durable=True, postgres_settings=COMMIT_TIMES, say=say) as both:
                results = asyncio.run(_hold(Stage(both, home), sizes))
        finally:
            reset_home(home)
    if given.json is None:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{results['at'][:16].replace(':', '')}.json"
        path.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
        report.write(results, path)
    else:
        given.json.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    say(table(results))
    say(report.line(results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Hold the contest on embedded servers.")
    for size in fields(Sizes):
        parser.add_argument(f"--{size.name}", type=int, default=size.default, help=MEANING[size.name])
    parser.add_argument(
        "--json", type=Path, help="write the results here, and leave the documents as they are"
    )
    return parser.parse_args()


async def _hold(stage: Stage, sizes: Sizes) -> dict[str, Any]:
    begun = time.perf_counter()
    built = _built(stage)
    machine = await _machine(stage.servers) | ({"Watermill": WATERMILL} if built else {})
    say(", ".join(f"{name} {value}" for name, value in machine.items()))
    contest = Contest(stage, sizes, peers(built), say)
    rounds = await contest.rounds()
    once = await contest.once()
    return {
        "at": datetime.now(UTC).isoformat(),
        "seconds": time.perf_counter() - begun,
        "machine": machine,
        "sizes": vars(sizes) | {"slow_backlog": sizes.slow_backlog},
        "rounds": rounds,
        "once": once,
    }


def _built(stage: Stage) -> bool:
    """Whether Watermill's forwarder could be built; why not is said in one sentence."""
    try:
        build(stage.programs)
    except NotBuilt as reason:
        say(str(reason))
        return False
    return True


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
