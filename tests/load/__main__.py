"""The load's command line: `python -m tests.load`, on servers of its own that are thrown away."""

import argparse
import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.home import reset_home
from deploy.local.servers import KAFKA, POSTGRES, Servers, running_servers
from shared.contracts.catalogue import PROFILE
from shared.testing.access import ENVIRONMENT
from tests.faults.environment import inspection_pool
from tests.faults.platform.running import Platform, running_platform
from tests.faults.report import print_now
from tests.faults.stage import Stage
from tests.load import table, trials
from tests.load.result import Result
from tests.load.seed import fill_platform


def main() -> None:
    """Try all services; exits with 1 if a promise wasn't kept. SIGTERM is as good as Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    given = _parse_arguments()
    with TemporaryDirectory() as folder, running_own_servers(Path(folder) / "servers") as servers:
        results = asyncio.run(_try_all(servers, Path(folder), given))
    if given.json:
        rows = [table.describe(result) for result in results]
        given.json.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    failed = sum(any(result.find_faults()) for result in results)
    print_now(f"load: {len(results) - failed} passed, {failed} failed")
    raise SystemExit(failed > 0)


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="load", description="Ask the four services for more than they bear."
    )
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--offers", type=int, default=300)
    parser.add_argument("--records", type=int, default=20_000, help="of the flood on a topic")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each trial goes on")
    parser.add_argument("--json", type=Path, help="write the results here as well")
    return parser.parse_args()


@contextmanager
def running_own_servers(home: Path) -> Iterator[Servers]:
    for variable in (KAFKA, POSTGRES):
        os.environ.pop(variable, None)
    os.environ |= ENVIRONMENT
    try:
        with running_servers(home, durable=False, say=print_now) as own:
            yield own
    finally:
        reset_home(home)


async def _try_all(servers: Servers, folder: Path, given: argparse.Namespace) -> list[Result]:
    results = []
    stage = Stage(servers, servers.kafka, "", inspection_pool(servers.postgres), folder)
    async with running_platform(stage) as platform:
        async for result in _try_platform(platform, given):
            print_now(table.format_row(table.describe(result)))
            results.append(result)
    return results


async def _try_platform(platform: Platform, given: argparse.Namespace) -> AsyncIterator[Result]:
    endpoints = await fill_platform(platform, given.members, given.offers)
    print_now(f"{given.members:,} members and {given.offers:,} offers are there\n\n{table.HEAD}")
    for endpoint in endpoints:
        async for result in trials.try_endpoint(platform.services[endpoint.service], endpoint, given.seconds):
            yield result
    events = endpoints[0]
    yield await trials.try_connections(platform.services[events.service], events, given.seconds)
    yield await trials.try_silence(platform.services[events.service], events, given.seconds)
    yield await trials.try_flood(platform, events, PROFILE.name, events.service, given.records)


if __name__ == "__main__":
    main()
