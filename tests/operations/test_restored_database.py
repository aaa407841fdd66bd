"""The database was restored to an earlier time: what it tells again is newer than all that was sent since."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from deploy.local.servers import Servers
from services.events.app import compose
from shared.contracts.catalogue import ERASURE, OFFER, ORGANISATION, PROFILE, REGISTRATION
from shared.contracts.members import Erasure
from shared.messaging.kafka import Kafka
from shared.runtime.service import PARTS
from shared.testing.kafka import MakeTopics
from shared.testing.services import Running, up
from shared.testing.waiting import eventually
from tests.events.conftest import add_organisations, join, message
from tests.operations.network import offer
from tests.operations.operator import Log, walking
from tests.runtime.operating import Newest, newest, publish

TOPICS = (OFFER, REGISTRATION)


class Backups:
    """Copies of one database, made and brought back while nobody is connected to it."""

    def __init__(self, servers: Servers, dsn: str) -> None:
        self._superuser = servers.postgres
        self._name = urlsplit(dsn).path[1:]
        self._copy = f"backup_{uuid4().hex[:12]}"

    async def make(self) -> None:
        await self._run(f'CREATE DATABASE "{self._copy}" TEMPLATE "{self._name}"')

    async def restore(self) -> None:
        await self._run(
            f'DROP DATABASE "{self._name}" WITH (FORCE)',
            f'ALTER DATABASE "{self._copy}" RENAME TO "{self._name}"',
        )

    async def _run(self, *statements: str) -> None:
        connection = await asyncpg.connect(self._superuser)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()


async def register(events: Running, place: UUID, member: UUID) -> None:
    answer = await events.http.post(f"/offers/{place}/registrations", json={"member": str(member)})
    answer.raise_for_status()


async def erased(events: Running, member: UUID) -> bool:
    return bool(await events.pool.fetchval("SELECT EXISTS (SELECT FROM erased WHERE member = $1)", member))


async def told(events: Running, kafka: Kafka) -> Newest:
    """The newest of each key, when all that stands in the outbox, and all counts, are on the topics."""

    async def all_sent() -> bool:
        waits = await events.pool.fetchval(
            "SELECT EXISTS (SELECT FROM count_change) OR EXISTS"
            " (SELECT FROM outbox, relay WHERE NOT pg_visible_in_snapshot(xid, seen))"
        )
        return not waits

    await eventually(all_sent)
    return await newest(kafka, TOPICS)


async def test_what_the_restore_undid_is_told_anew_and_who_was_erased_is_erased_again(
    servers: Servers,
    dsns: Mapping[str, str],
    kafka: Kafka,
    make_topics: MakeTopics,
    monkeypatch: pytest.MonkeyPatch,
    log: Log,
) -> None:
    await make_topics([*TOPICS, ORGANISATION, PROFILE, ERASURE])
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsns["events"])
    monkeypatch.setenv("ALUMNIBUS_KAFKA", kafka.servers)
    monkeypatch.setenv("ALUMNIBUS_TOPIC_PREFIX", kafka.prefix)
    backups = Backups(servers, dsns["events"])
    async with up(compose(), PARTS) as events:
        await add_organisations(events.pool)
        stays, goes = await join(events.pool, 2)
        first = await offer(events)
        for member in (stays, goes):
            await register(events, first, member)
        await told(events, kafka)
    await backups.make()

    async with up(compose(), PARTS) as events:
        (await events.http.post(f"/offers/{first}/cancellation", json={"reason": "Storm"})).raise_for_status()
        await publish(kafka, ERASURE, [message(Erasure(member=goes, ordered_at=datetime.now(UTC)), goes)])
        await eventually(lambda: erased(events, goes))
        undone = await told(events, kafka)

    await backups.restore()
    async with walking("The database was restored to an earlier time", log) as operator:
        await operator.does(compose(), "migrate --restored")
        async with up(compose(), PARTS) as events:
            await operator.does(compose(), "republish")
            await eventually(lambda: erased(events, goes))
            await operator.all_is_well(events)
            after = await told(events, kafka)
            state = await events.http.get(f"/offers/{first}")
            places = await events.pool.fetch("SELECT member FROM registration")

    assert state.json()["state"] == "published"
    assert [row["member"] for row in places] == [stays]
    assert all(after[key][1] > undone[key][1] for key in undone)
