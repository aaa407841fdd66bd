"""A fresh environment for one round: a database with two schemas, and topics of its own on the broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from bench import work
from bench.ledger import FaultCounts, count_arrived, count_faults
from deploy.kafka import topics
from deploy.local import database
from deploy.local.servers import Servers
from deploy.postgres import roles
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Connection
from shared.testing.databases import fill_template
from shared.testing.kafka import delete_topics

PASSWORDS = {name: f"bench-{name}" for name in roles.SERVICES}
STUCK_SECONDS = 20
SETTLED_SECONDS = 15.0
NO_FOLDER = Path("/nonexistent")

_LATENCIES = """
SELECT 1000 * extract(epoch FROM pg_xact_commit_timestamp(e.xmin) - pg_xact_commit_timestamp(c.xmin))::float
FROM events.effect e JOIN members.card c USING (member, version) WHERE e.position > $1 ORDER BY 1"""


@dataclass(frozen=True)
class Addresses:
    """The addresses that a contestant's processes are given."""

    kafka: Kafka
    owner: str
    reader: str
    logs: str
    programs: str


@dataclass(frozen=True)
class ContestSetup:
    """The servers of the whole contest, the database that each part gets a copy of, and the processes' folders."""

    servers: Servers
    template: str
    logs: Path
    programs: Path


@dataclass(frozen=True)
class Environment:
    """One round's environment; `connection` is the superuser's, in its database."""

    addresses: Addresses
    connection: Connection

    @property
    def as_arguments(self) -> dict[str, Any]:
        return asdict(self.addresses)

    @property
    def kafka(self) -> Kafka:
        return self.addresses.kafka

    async def count_arrivals(self) -> int:
        """How many effects were written, from the sequence: it costs nothing to ask, and counts the batch that is
        about to commit."""
        return int(
            await self.connection.fetchval(
                "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM events.effect_position_seq"
            )
        )

    async def wait_for_arrivals(self, arrivals: int) -> float:
        """Return when so many effects are there: effects a second since the first ones were.
        Raises TimeoutError if nothing moves for 20 s."""
        clock = asyncio.get_running_loop()
        first: tuple[float, int] | None = None
        seen, since = 0, clock.time()
        while (now := await self.count_arrivals()) < arrivals:
            if now > seen:
                seen, since = now, clock.time()
                first = first or (since, now)
            elif clock.time() - since > STUCK_SECONDS:
                raise TimeoutError(f"{now} of {arrivals} effects after {STUCK_SECONDS} s without a new one")
            await asyncio.sleep(0.01)
        begun, early = first or (since, 0)
        return (now - early) / (clock.time() - begun)

    async def settled_counts(self) -> FaultCounts:
        """The counts when nothing is lost, or asked for when nothing had arrived for 15 seconds."""
        clock = asyncio.get_running_loop()
        before, since = await self.count_arrivals(), clock.time()
        while True:
            asked = clock.time()
            counts = await count_faults(self.connection)
            if not counts.lost or asked - since > SETTLED_SECONDS:
                return counts
            await asyncio.sleep(0.2)
            if (now := await self.count_arrivals()) != before:
                before, since = now, clock.time()

    async def wait_until_calm(self, seconds: float) -> int:
        """How many effects were written, when none has been for so long."""
        clock = asyncio.get_running_loop()
        before, since = await self.count_arrivals(), clock.time()
        while clock.time() - since < seconds:
            await asyncio.sleep(0.1)
            if (now := await self.count_arrivals()) != before:
                before, since = now, clock.time()
        return before

    async def read_ledger(self) -> dict[str, int]:
        """What went wrong, when all is settled, with the records that were sent more than once."""
        counts = await self.settled_counts()
        return {**counts._asdict(), "repeated": await self.count_repeated()}

    async def database_name(self) -> str:
        """The name of this environment's database."""
        return str(await self.connection.fetchval("SELECT current_database()"))

    async def count_repeated(self) -> int:
        """How many records of cards are on the topic beyond one for each version that arrived."""
        name = self.kafka.topic_name(work.CARD.name)
        consumer = AIOKafkaConsumer(**self.kafka.client_options, auto_offset_reset="earliest")
        await consumer.start()
        try:
            ends: dict[TopicPartition, int] = await consumer.end_offsets(
                [TopicPartition(name, n) for n in range(work.CARD.partitions)]
            )
        finally:
            await consumer.stop()
        return sum(ends.values()) - await count_arrived(self.connection)

    async def read_latencies(self, after: int) -> list[float]:
        """Milliseconds from the commit of each card to the commit of its effect, ascending, by the server's clock;
        for effects behind the position `after`, of cards that changed once."""
        return [row[0] for row in await self.connection.fetch(_LATENCIES, after)]

    @asynccontextmanager
    async def renewed_environment(self) -> AsyncIterator["Environment"]:
        """The same database for another round: no card, no effect, new topics; outbox and inbox stay."""
        await self.connection.execute("TRUNCATE members.card, events.effect RESTART IDENTITY")
        async with _own_topics(self.kafka) as kafka:
            yield replace(self, addresses=replace(self.addresses, kafka=kafka))


@asynccontextmanager
async def prepared_setup(servers: Servers, home: Path) -> AsyncIterator[ContestSetup]:
    """The setup on these servers; its database is dropped at the end."""
    name = f"bench_{uuid4().hex[:8]}"
    dsns = await asyncio.to_thread(database.prepare_database, servers.postgres, name, PASSWORDS)
    used = {service: dsns[service] for service in work.TABLES}
    await fill_template(used, dict.fromkeys(used, NO_FOLDER))
    for service, dsn in used.items():
        owner = await asyncpg.connect(dsn, server_settings={"search_path": service})
        await owner.execute(work.TABLES[service])
        await owner.close()
    try:
        yield ContestSetup(servers, name, home / "logs", programs_folder(home))
    finally:
        await _execute(servers, f"DROP DATABASE {name} WITH (FORCE)")


def programs_folder(home: Path) -> Path:
    """Where programs of contestants are built."""
    return home / "programs"


@asynccontextmanager
async def fresh_environment(setup: ContestSetup) -> AsyncIterator[Environment]:
    """Make one, and drop it at the end, whoever is still connected."""
    name = f"bench_{uuid4().hex[:8]}"
    await _execute(setup.servers, f"CREATE DATABASE {name} TEMPLATE {setup.template}")
    connection = await asyncpg.connect(setup.servers.postgres, database=name)
    try:
        async with _own_topics(setup.servers.kafka) as kafka:
            yield Environment(_addresses_in(setup, name, kafka), connection)
    finally:
        await connection.close()
        await _execute(setup.servers, f"DROP DATABASE {name} WITH (FORCE)")


def _addresses_in(setup: ContestSetup, name: str, kafka: Kafka) -> Addresses:
    owner, reader = (
        roles.service_dsn(setup.servers.postgres, name, service, PASSWORDS[service])
        for service in (work.OWNER, work.READER)
    )
    return Addresses(kafka, owner, reader, str(setup.logs), str(setup.programs))


async def _execute(servers: Servers, statement: str) -> None:
    connection = await asyncpg.connect(servers.postgres)
    await connection.execute(statement)
    await connection.close()


@asynccontextmanager
async def _own_topics(kafka: Kafka) -> AsyncIterator[Kafka]:
    """A corner of Kafka with new topics; they are deleted at the end."""
    corner = replace(kafka, prefix=f"bench_{uuid4().hex[:8]}.")
    made = await topics.create_topics(corner, [work.CARD, work.COMMAND])
    try:
        yield corner
    finally:
        await delete_topics(corner, made)
