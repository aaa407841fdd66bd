"""A fresh ground for one round: a database with two schemas, and topics of its own on the broker."""

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
from bench.ledger import Counts, arrived, count
from deploy.kafka import topics
from deploy.local import database
from deploy.local.servers import Servers
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Connection
from shared.testing.databases import fill_template
from shared.testing.kafka import delete_topics

PASSWORDS = {name: f"bench-{name}" for name in database.SERVICES}
STUCK_SECONDS = 20
SETTLED_SECONDS = 15.0
NO_FOLDER = Path("/nonexistent")

_LATENCIES = """
SELECT 1000 * extract(epoch FROM pg_xact_commit_timestamp(e.xmin) - pg_xact_commit_timestamp(c.xmin))::float
FROM events.effect e JOIN members.card c USING (member, version) WHERE e.place > $1 ORDER BY 1"""


@dataclass(frozen=True)
class Place:
    """Where a contestant's processes find everything."""

    kafka: str
    prefix: str
    owner: str
    reader: str
    logs: str
    programs: str


@dataclass(frozen=True)
class Stage:
    """The servers of the whole contest, and the folders that its processes share."""

    servers: Servers
    home: Path

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def programs(self) -> Path:
        return self.home / "programs"


@dataclass(frozen=True)
class Ground:
    """One round's ground, seen from outside: the superuser's connection into its database."""

    place: Place
    connection: Connection

    @property
    def told(self) -> dict[str, Any]:
        return asdict(self.place)

    @property
    def kafka(self) -> Kafka:
        return Kafka(self.place.kafka, self.place.prefix)

    async def arrivals(self) -> int:
        """How many effects were written, from the sequence: it costs nothing to ask, and counts the batch that is
        about to commit."""
        return int(
            await self.connection.fetchval(
                "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM events.effect_place_seq"
            )
        )

    async def until(self, arrivals: int) -> float:
        """Return when so many effects are there: effects a second since the first ones were.
        Raises TimeoutError if nothing moves for 20 s."""
        clock = asyncio.get_running_loop()
        first: tuple[float, int] | None = None
        seen, since = 0, clock.time()
        while (now := await self.arrivals()) < arrivals:
            if now > seen:
                seen, since = now, clock.time()
                first = first or (since, now)
            elif clock.time() - since > STUCK_SECONDS:
                raise TimeoutError(f"{now} of {arrivals} effects after {STUCK_SECONDS} s without a new one")
            await asyncio.sleep(0.01)
        begun, early = first or (since, 0)
        return (now - early) / (clock.time() - begun)

    async def settled(self) -> Counts:
        """The counts when nothing is lost, or asked for when nothing had arrived for 15 seconds."""
        clock = asyncio.get_running_loop()
        before, since = await self.arrivals(), clock.time()
        while True:
            asked = clock.time()
            counts = await count(self.connection)
            if not counts.lost or asked - since > SETTLED_SECONDS:
                return counts
            await asyncio.sleep(0.2)
            if (now := await self.arrivals()) != before:
                before, since = now, clock.time()

    async def calm(self, seconds: float) -> int:
        """How many effects were written, when none has been for so long."""
        clock = asyncio.get_running_loop()
        before, since = await self.arrivals(), clock.time()
        while clock.time() - since < seconds:
            await asyncio.sleep(0.1)
            if (now := await self.arrivals()) != before:
                before, since = now, clock.time()
        return before

    async def ledger(self) -> dict[str, int]:
        """What went wrong, when all is settled, with the records that were sent more than once."""
        counts = await self.settled()
        return {**counts._asdict(), "repeated": await self.repeated()}

    async def database(self) -> str:
        """The name of this ground's database."""
        return str(await self.connection.fetchval("SELECT current_database()"))

    async def repeated(self) -> int:
        """How many records of cards are on the topic beyond one for each version that arrived."""
        name = self.kafka.topic_name(work.CARD.name)
        consumer = AIOKafkaConsumer(bootstrap_servers=self.place.kafka, auto_offset_reset="earliest")
        await consumer.start()
        try:
            ends: dict[TopicPartition, int] = await consumer.end_offsets(
                [TopicPartition(name, n) for n in range(work.CARD.partitions)]
            )
        finally:
            await consumer.stop()
        return sum(ends.values()) - await arrived(self.connection)

    async def latencies(self, after: int) -> list[float]:
        """Milliseconds from the commit of each card to the commit of its effect, ascending, by the server's clock;
        for effects behind the place `after`, of cards that changed once."""
        return [row[0] for row in await self.connection.fetch(_LATENCIES, after)]

    @asynccontextmanager
    async def renewed(self) -> AsyncIterator["Ground"]:
        """The same database for another round: no card, no effect, new topics; outbox and inbox stay."""
        await self.connection.execute("TRUNCATE members.card, events.effect RESTART IDENTITY")
        async with _topics(self.place.kafka) as prefix:
            yield replace(self, place=replace(self.place, prefix=prefix))


@asynccontextmanager
async def fresh(stage: Stage) -> AsyncIterator[Ground]:
    """Make it; and forget it at the end, whoever is still connected."""
    name = f"bench_{uuid4().hex[:8]}"
    servers = stage.servers
    dsns = await asyncio.to_thread(database.prepare_database, servers.postgres, name, PASSWORDS)
    used = {service: dsns[service] for service in (work.OWNER, work.READER)}
    await fill_template(used, dict.fromkeys(used, NO_FOLDER))
    for service, dsn in used.items():
        owner = await asyncpg.connect(dsn, server_settings={"search_path": service})
        await owner.execute(work.TABLES[service])
        await owner.close()
    connection = await asyncpg.connect(servers.postgres, database=name)
    try:
        async with _topics(servers.kafka) as prefix:
            folders = {"logs": str(stage.logs), "programs": str(stage.programs)}
            yield Ground(
                Place(servers.kafka, prefix, used[work.OWNER], used[work.READER], **folders), connection
            )
    finally:
        await connection.close()
        outside = await asyncpg.connect(servers.postgres)
        await outside.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await outside.close()


@asynccontextmanager
async def _topics(kafka: str) -> AsyncIterator[str]:
    """The prefix of new topics; they are deleted at the end."""
    prefix = f"bench_{uuid4().hex[:8]}."
    made = await topics.create_topics(kafka, [work.CARD, work.COMMAND], prefix=prefix)
    try:
        yield prefix
    finally:
        await delete_topics(Kafka(kafka, prefix), made)
