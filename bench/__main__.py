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
from bench.contest import Contest, list_peers
from bench.environment import prepared_setup, programs_folder
from bench.peers.watermill import NotBuilt, build_forwarder
from bench.sizes import Sizes
from bench.tables import build_tables
from deploy.local.broker_settings import ADMIN
from deploy.local.home import get_secret, reset_home
from deploy.local.servers import Servers, running_servers
from shared.messaging.kafka import MECHANISM

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


def print_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Hold the contest, write its results and the page about them, and print one line at the end."""
    given = _parse_arguments()
    sizes = Sizes(**{name: value for name, value in vars(given).items() if name != "json"})
    with TemporaryDirectory() as folder:
        home = Path(folder)
        try:
            with running_servers(
                home,
                durable=True,
                kafka_settings=_let_watermill_in(home),
                postgres_settings=COMMIT_TIMES,
                say=print_line,
            ) as servers:
                results = asyncio.run(_run_contest(servers, home, sizes))
        finally:
            reset_home(home)
    if given.json is None:
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{results['at'][:16].replace(':', '')}.json"
        path.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
        report.write_page(results, path)
    else:
        given.json.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print_line(build_tables(results))
    print_line(report.closing_line(results))


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Hold the contest on embedded servers.")
    for size in fields(Sizes):
        parser.add_argument(f"--{size.name}", type=int, default=size.default, help=MEANING[size.name])
    parser.add_argument(
        "--json", type=Path, help="write the results here, and leave the documents as they are"
    )
    return parser.parse_args()


def _let_watermill_in(home: Path) -> dict[str, str]:
    """Its client signs in by PLAIN; for SCRAM a program has to bring a library of its own."""
    (home / "secrets").mkdir(mode=0o700)
    account = f'user_{ADMIN}="{get_secret(home, "kafka-admin")}"'
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return {
        "listener.name.inner.sasl.enabled.mechanisms": f"{MECHANISM},PLAIN",
        "listener.name.inner.plain.sasl.jaas.config": f"{plain} required {account};",
    }


async def _run_contest(servers: Servers, home: Path, sizes: Sizes) -> dict[str, Any]:
    begun = time.perf_counter()
    built = _build_watermill(home)
    machine = await _describe_machine(servers) | ({"Watermill": WATERMILL} if built else {})
    print_line(", ".join(f"{name} {value}" for name, value in machine.items()))
    async with prepared_setup(servers, home) as setup:
        contest = Contest(setup, sizes, list_peers(built), print_line)
        rounds = await contest.run_rounds()
        once = await contest.run_once()
    return {
        "at": datetime.now(UTC).isoformat(),
        "seconds": time.perf_counter() - begun,
        "machine": machine,
        "sizes": vars(sizes) | {"slow_backlog": sizes.slow_backlog},
        "rounds": rounds,
        "once": once,
    }


def _build_watermill(home: Path) -> bool:
    """Whether Watermill's forwarder could be built; why not is said in one sentence."""
    try:
        build_forwarder(programs_folder(home))
    except NotBuilt as reason:
        print_line(str(reason))
        return False
    return True


async def _describe_machine(servers: Servers) -> dict[str, str]:
    connection = await asyncpg.connect(servers.postgres)
    postgres = str(await connection.fetchval("SHOW server_version"))
    await connection.close()
    return {
        "cores": str(os.cpu_count()),
        "processor": _processor_name(),
        "system": platform.system(),
        "Python": platform.python_version(),
        "PostgreSQL": postgres,
        "Kafka": "4.3.1",
        **{name: version(name) for name in LIBRARIES},
    }


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine()
    )


if __name__ == "__main__":
    main()
