"""A fresh ground for one round: a database with two schemas, and topics of its own on the broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import asyncpg

from bench import work
from deploy.kafka import topics
from deploy.local import database
from deploy.local.servers import Servers
from shared.messaging import partitions
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Connection
from shared.testing.databases import fill_template
from shared.testing.kafka import delete_topics

PASSWORDS = {name: f"bench-{name}" for name in database.SERVICES}
STUCK_SECONDS = 20
HISTORY_DAYS = 7
NO_FOLDER = Path("/nonexistent")

_COUNTS = """
WITH arrived AS (
    SELECT member, version, min(place) AS place, count(*) AS times FROM events.effect GROUP BY 1, 2),
ordered AS (
    SELECT version < max(version) OVER (
        PARTITION BY member ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS inverted
    FROM arrived),
owned AS (SELECT a.member FROM arrived a JOIN members.card c ON c.member = a.member AND a.version <= c.version)
SELECT (SELECT coalesce(sum(version), 0) FROM members.card) - (SELECT count(*) FROM owned) AS lost,
       (SELECT coalesce(sum(times - 1), 0) FROM arrived) AS duplicates,
       (SELECT count(*) FROM ordered WHERE inverted) AS inversions"""

_LATENCIES = """
SELECT 1000 * extract(epoch FROM pg_xact_commit_timestamp(e.xmin) - pg_xact_commit_timestamp(c.xmin))::float
FROM events.effect e JOIN members.card c USING (member, version) WHERE e.place > $1 ORDER BY 1"""

_AGED = {work.OWNER: "outbox", work.READER: "inbox"}
_AGE = {
    work.OWNER: """
        INSERT INTO outbox (xid, message_id, topic, key, type, sequence, headers, payload, at)
        SELECT '3', gen_random_uuid(), 'bench.card.v1', n::text, 'MemberChanged', n, '{}', repeat('x', 300),
               $1::timestamptz + n * interval '86399 s' / $2::int
        FROM generate_series(1, $2::int) n""",
    work.READER: """
        INSERT INTO inbox (message_id)
        SELECT (lpad(to_hex((1000 * extract(epoch FROM $1::timestamptz))::bigint + n * 86399000 / $2::int), 12, '0')
                || '7' || substr(md5(n::text), 1, 19))::uuid
        FROM generate_series(1::bigint, $2::int) n""",
}


class Counts(NamedTuple):
    """What went wrong between the cards and the effects; all zero if nothing did."""

    lost: int
    duplicates: int
    inversions: int


async def count(connection: Connection) -> Counts:
    """Compare the versions that each card had with their arrivals. A version that arrives for the first time after
    a newer one of its card is an inversion; every arrival after the first is a duplicate."""
    row = await connection.fetchrow(_COUNTS)
    assert row is not None
    return Counts(*(int(value) for value in row.values()))


@dataclass(frozen=True)
class Place:
    """Where a contestant's processes find everything."""

    kafka: str
    prefix: str
    owner: str
    reader: str
    logs: str


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
        """How many effects were written, from the sequence: it costs nothing to ask."""
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

    async def age(self, rows: int) -> None:
        """Give outbox and inbox a history of so many rows each, all sent and taken, over the last seven days."""
        await self.connection.execute("SET synchronous_commit = off")
        for schema in (work.OWNER, work.READER):
            await self.connection.execute(f"SET search_path = {schema}")
            for ago in range(1, HISTORY_DAYS + 1):
                day = datetime.now(UTC).date() - timedelta(days=ago)
                await partitions.make(self.connection, day)
                start = datetime(day.year, day.month, day.day, tzinfo=UTC)
                await self.connection.execute(_AGE[schema], start, rows // HISTORY_DAYS, timeout=900)
            await self.connection.execute(f"VACUUM ANALYZE {_AGED[schema]}", timeout=900)
        await self.connection.execute("RESET search_path; RESET synchronous_commit")

    async def settled(self) -> Counts:
        """The counts when nothing is lost, or nothing has arrived for three seconds."""
        before, quiet = -1, 0
        while (counts := await count(self.connection)).lost and quiet < 6:
            now = await self.arrivals()
            before, quiet = now, quiet + 1 if now == before else 0
            await asyncio.sleep(0.5)
        return counts

    async def latencies(self, after: int) -> list[float]:
        """Milliseconds from the commit of each card to the commit of its effect, ascending, by the server's clock;
        for effects behind the place `after`, of cards that changed once."""
        return [row[0] for row in await self.connection.fetch(_LATENCIES, after)]


@asynccontextmanager
async def fresh(servers: Servers, logs: Path) -> AsyncIterator[Ground]:
    """Make it; and forget it at the end, whoever is still connected."""
    name = f"bench_{uuid4().hex[:8]}"
    dsns = await asyncio.to_thread(database.prepare_database, servers.postgres, name, PASSWORDS)
    used = {service: dsns[service] for service in (work.OWNER, work.READER)}
    await fill_template(used, dict.fromkeys(used, NO_FOLDER))
    for service, dsn in used.items():
        owner = await asyncpg.connect(dsn, server_settings={"search_path": service})
        await owner.execute(work.TABLES[service])
        await owner.close()
    made = await topics.create(servers.kafka, [work.CARD, work.COMMAND], prefix=f"{name}.")
    connection = await asyncpg.connect(servers.postgres, database=name)
    try:
        yield Ground(
            Place(servers.kafka, f"{name}.", used[work.OWNER], used[work.READER], str(logs)), connection
        )
    finally:
        await connection.close()
        await delete_topics(Kafka(servers.kafka), made)
        outside = await asyncpg.connect(servers.postgres)
        await outside.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await outside.close()
