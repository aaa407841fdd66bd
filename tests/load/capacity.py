"""What one process carries: `python -m tests.load.capacity` measures each alone, and prints the table of scaling.md.

A list is brought to members while the others are stopped; then each of them takes all of it from the topics, from the
first message that it applies to the last. What is written in between is on disk as in `make load`: not waited for.
"""

import argparse
import asyncio
import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from bench.cpu import cpu_seconds, peak_megabytes
from shared.testing.waiting import eventually
from tests.faults.environment import inspection_pool
from tests.faults.platform.asked import Asked
from tests.faults.platform.client import Client
from tests.faults.platform.running import Platform, running_platform
from tests.faults.platform.signed_in import HEADERS, ORGANISATION
from tests.faults.platform.stories import open_network, publish_offer
from tests.faults.processes import Process
from tests.faults.report import print_now
from tests.faults.stage import Stage
from tests.load.__main__ import running_own_servers

REPLICAS = {"events": "member", "matching": "person", "notifications": "recipient"}
HEAD = "| process | what | a second | ms of its CPU each | MB at most |\n| --- | --- | ---: | ---: | ---: |"
MAPPING = f"""
organisation = "{ORGANISATION}"
[columns]
reference = "id"
given_name = "first"
family_name = "last"
email = "mail"
residence = "country"
"""
NAMES = ("Abel", "Bauer", "Costa", "Diallo", "Eze", "Fischer", "Gomez", "Haddad", "Ito", "Jansen")
PATIENCE_SECONDS = 1800.0
AT_ONCE, REGISTRATIONS, OFFERS = 6, 2000, 30


@dataclass
class Measurement:
    """How many pieces of work a process did, in how many seconds, with how much CPU."""

    process: str
    what: str
    pieces: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    megabytes: float = 0.0

    @property
    def row(self) -> str:
        """A row of the table."""
        each = f"{self.pieces / self.seconds:,.0f} | {self.cpu / self.pieces * 1000:.2f}"
        return f"| {self.process} | {self.what} | {each} | {self.megabytes:.0f} |"


def main() -> None:
    """Measure each process, and print a row for each kind of work."""
    parser = argparse.ArgumentParser(prog="capacity", description="Measure what one process carries.")
    parser.add_argument("--members", type=int, default=10_000)
    given = parser.parse_args()
    with TemporaryDirectory() as folder, running_own_servers(Path(folder) / "servers") as servers:
        stage = Stage(servers, servers.kafka, "", inspection_pool(servers.postgres), Path(folder))
        asyncio.run(_measure_all(stage, given.members))


async def _measure_all(stage: Stage, members: int) -> None:
    async with running_platform(stage) as platform, Client(platform.services, Asked()) as client:
        await open_network(client)
        offers = [str(await publish_offer(client)) for _ in range(OFFERS)]
        for service in REPLICAS:
            await platform.services[service].stop()
        print_now(HEAD)
        print_now((await _measure_import(platform, members)).row)
        for service, table in REPLICAS.items():
            print_now((await _measure_replica(platform, service, table)).row)
        for wanted in (offers, offers[:1]):
            print_now((await _measure_registrations(platform, client, wanted)).row)


async def _measure_import(platform: Platform, members: int) -> Measurement:
    process = platform.services["members"]
    with _measuring(process, "rows of a list brought, compared and published") as measurement:
        await _bring_list(process, members)
        await _wait_until(platform, "members", "SELECT NOT EXISTS (SELECT FROM newcomer)")
    measurement.pieces = members
    return measurement


async def _bring_list(process: Process, members: int) -> None:
    rows = (f"{n},{_name(n)},{_name(n // 7)},p{n}@example.org,DE" for n in range(members))
    content = "\n".join(["id,first,last,mail,country", *rows])
    files = {"list": ("list.csv", content, "text/csv"), "mapping": ("list.toml", MAPPING, "application/toml")}
    async with httpx.AsyncClient(base_url=process.base_url, timeout=120, headers=HEADERS) as http:
        answer = (await http.post("/imports", files=files)).raise_for_status()

        async def has_ended() -> bool:
            state: str = (await http.get(answer.headers["Location"])).json()["state"]
            return state == "done"

        await eventually(has_ended, seconds=PATIENCE_SECONDS)


def _name(number: int) -> str:
    """Names of so many kinds as there are in real lists, some of them often."""
    first, rest = NAMES[number % len(NAMES)], number // len(NAMES)
    return f"{first}{chr(97 + rest % 26)}{chr(97 + rest // 26 % 26)}"


async def _measure_replica(platform: Platform, service: str, table: str) -> Measurement:
    """From the first member that it takes over to the last one."""
    process, pool = platform.services[service], platform.pools[service]
    count = f"SELECT count(*) FROM {table}"
    goal = int(await platform.pools["members"].fetchval("SELECT count(*) FROM member"))
    known = int(await pool.fetchval(count))
    await process.start_and_wait()
    with _measuring(process, "members taken over from the topic") as measurement:
        before = int(await pool.fetchval(count))
        await _wait_until(platform, service, f"SELECT ({count}) >= {goal}")
    assert goal > before >= known
    measurement.pieces = goal - before
    return measurement


async def _measure_registrations(platform: Platform, client: Client, offers: Sequence[str]) -> Measurement:
    """By six clients at once, who each wait for their answer: seats, and then the waiting lists."""
    rows = await platform.pools["members"].fetch(
        "SELECT member FROM member ORDER BY member LIMIT $1 OFFSET $2",
        REGISTRATIONS,
        0 if len(offers) > 1 else REGISTRATIONS,
    )
    process, left = platform.services["events"], iter(zip(rows, itertools.cycle(offers), strict=False))

    async def register() -> None:
        for row, offer in left:
            body = {"member": str(row["member"])}
            await client.send("POST", "events", f"/offers/{offer}/registrations", body)

    with _measuring(process, f"registrations, offers: {len(offers)}") as measurement:
        await asyncio.gather(*(register() for _ in range(AT_ONCE)))
    measurement.pieces = len(rows)
    return measurement


@contextmanager
def _measuring(process: Process, what: str) -> Iterator[Measurement]:
    measurement = Measurement(process.name, what)
    pid, started = process.child.pid, time.perf_counter()
    cpu = cpu_seconds(pid)
    yield measurement
    measurement.seconds = time.perf_counter() - started
    measurement.cpu = cpu_seconds(pid) - cpu
    measurement.megabytes = peak_megabytes(pid)


async def _wait_until(platform: Platform, service: str, condition: str) -> None:
    async def holds() -> bool:
        return bool(await platform.pools[service].fetchval(condition))

    await eventually(holds, seconds=PATIENCE_SECONDS)


if __name__ == "__main__":
    main()
