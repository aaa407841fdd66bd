"""PostgreSQL or Kafka is away, lacks something, or has lost what it had."""

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from deploy.local.database import prepare_database
from deploy.local.home import reset_home
from deploy.local.servers import KAFKA, POSTGRES, Servers
from deploy.local.servers import running_servers as started
from services.events import app as events_app
from services.members import app as members_app
from shared.contracts.catalogue import OFFER, ORGANISATION, PROFILE, Topic
from shared.messaging.kafka import Kafka
from shared.messaging.relay import producer
from shared.postgres.pool import Pool
from shared.runtime.service import PARTS, Service
from shared.testing.databases import fill_template
from shared.testing.kafka import delete_topics, set_broker
from shared.testing.services import Running, running_service
from shared.testing.waiting import eventually
from tests.conftest import FOLDERS, PASSWORDS
from tests.operations.network import offer
from tests.operations.operator import Log, Operator, walking
from tests.shared.conftest import in_database, prepare
from tests.shared.operations.command_line import Newest, newest
from tests.shared.toy.app import FOLDER, compose
from tests.shared.toy.partner import raised, write
from tests.shared.toy.parts import took_effect
from tests.shared.toy.processes import away

pytestmark = pytest.mark.timeout(180)

AGE = 'alumnibus_outbox_age_seconds{schema="toy"}'
MAKE_TOPICS = "deploy.kafka.topics"
# What a broker's folder has before its first start.
FORMATTED = ("meta.properties", "bootstrap.checkpoint")


@dataclass(frozen=True)
class Own:
    """Two servers that these tests may end and start again, and the folder of their data."""

    home: Path
    servers: Servers


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    home = tmp_path_factory.mktemp("own")
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv(KAFKA, raising=False)
        environment.delenv(POSTGRES, raising=False)
        with started(home, durable=False) as both:
            yield Own(home, both)
    reset_home(home)


@pytest.fixture
def kafka(own: Own) -> Kafka:
    return replace(own.servers.kafka, prefix=f"{uuid4().hex[:8]}.")


@pytest.fixture
async def dsn(own: Own) -> str:
    name = f"outage_{uuid4().hex[:8]}"
    connection = await asyncpg.connect(own.servers.postgres)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    dsn = in_database(own.servers.postgres, name)
    await prepare(dsn)
    return dsn


async def test_while_the_database_is_away_doors_refuse_and_all_goes_on_when_it_is_back(
    own: Own, toy: pytest.MonkeyPatch, corner: Kafka, log: Log
) -> None:
    operator, once = Operator(log), {"Idempotency-Key": str(uuid4())}
    async with running_service(compose(), PARTS) as running:
        await operator.all_is_well(running)
        async with away(own.servers.postgres_process):
            await write(corner, [raised("b", n) for n in (1, 2, 3)])
            await operator.sees(running, "database", "away")
            await operator.sees(running, "consumer", "Error")
            await operator.sees(running, "relay", "Error")
            answer = await running.http.post("/tallies/a", headers=once)
            assert answer.status_code == 503

        await operator.all_is_well(running)
        for _ in range(2):
            answer = await running.http.post("/tallies/a", headers=once)
            assert answer.status_code == 201
        await took_effect(running.pool, {"b": [1, 2, 3], "a": [1]})
        assert await running.pool.fetchval("SELECT count(*) FROM parked_key") == 0


async def test_a_service_started_before_its_database_and_its_kafka_waits_for_both(
    own: Own, toy: pytest.MonkeyPatch, corner: Kafka, pool: Pool, log: Log
) -> None:
    operator = Operator(log)
    await write(corner, [raised("b", 1)])
    async with AsyncExitStack() as both_away, AsyncExitStack() as life:
        for server in (own.servers.postgres_process, own.servers.kafka_process):
            await both_away.enter_async_context(away(server))
        running = await life.enter_async_context(running_service(compose(), PARTS, mandates=()))
        await operator.hears("service.start.waits", awaited="database", error="ConnectionRefusedError")
        await operator.sees(running, "database", "away")
        assert (await running.http.get("/livez")).status_code == 200
        assert (await running.http.post("/tallies/a")).status_code == 503

        await both_away.aclose()
        await operator.all_is_well(running)
        assert (await running.http.post("/tallies/a")).status_code == 201
        await took_effect(running.pool, {"b": [1], "a": [1]})


async def test_a_schema_that_lacks_a_migration_is_named_and_migrated_beside_the_service(
    toy: pytest.MonkeyPatch, tmp_path: Path, log: Log
) -> None:
    newer = tmp_path / "toy"
    shutil.copytree(FOLDER / "migrations", newer / "migrations")
    (newer / "migrations" / "0002_newer.sql").write_text("CREATE TABLE newer (one int);")
    service = replace(compose(), folder=newer)
    async with running_service(service, PARTS) as running, walking("The database is away", log) as operator:
        told = await operator.sees(running, "database", "schema lacks")
        assert told == "schema lacks toy/0002_newer.sql: run migrate"
        await operator.does(service, "migrate")
        await operator.all_is_well(running)


async def test_while_kafka_is_away_commands_are_taken_and_leave_in_order_when_it_is_back(
    own: Own, toy: pytest.MonkeyPatch, pool: Pool, log: Log
) -> None:
    toy.setattr(producer, "SEND_SECONDS", 2)
    operator = Operator(log)
    async with running_service(compose(), PARTS) as running:
        await operator.all_is_well(running)
        async with away(own.servers.kafka_process):
            for _ in range(3):
                assert (await running.http.post("/tallies/a")).status_code == 201
            await operator.sees(running, "relay", "KafkaConnectionError")
            await operator.hears("relay.lead.failed", error="KafkaConnectionError")
            await operator.watches(running, AGE, 0.1)

        await took_effect(pool, {"a": [1, 2, 3]}, seconds=60)
        await operator.all_is_well(running)
        await operator.watches(running, AGE, 0, 0)


@dataclass(frozen=True)
class Network:
    """Members, who tell, and events, who hear them and tell of offers; both on the own Kafka, without a prefix."""

    kafka: Kafka
    members: Service
    events: Service

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[Running, Running]]:
        """Members and events, with all their parts."""
        async with (
            running_service(self.members, PARTS) as members,
            running_service(self.events, PARTS) as events,
        ):
            yield members, events


@pytest.fixture
async def network(own: Own, monkeypatch: pytest.MonkeyPatch) -> Network:
    dsns = prepare_database(own.servers.postgres, f"network_{uuid4().hex[:8]}", PASSWORDS)
    wanted = {name: dsns[name] for name in ("members", "events")}
    await fill_template(wanted, FOLDERS)
    set_broker(monkeypatch, own.servers.kafka)
    monkeypatch.setenv("ALUMNIBUS_PUBLIC_ID_SECRET", "5e" * 32)
    monkeypatch.setenv("ALUMNIBUS_DATABASE", wanted["members"])
    members = members_app.compose()
    monkeypatch.setenv("ALUMNIBUS_DATABASE", wanted["events"])
    return Network(own.servers.kafka, members, events_app.compose())


async def make_topics(operator: Operator, network: Network) -> None:
    await operator.does(None, MAKE_TOPICS)


async def test_a_service_whose_topics_are_missing_is_assigned_when_they_are_made(
    network: Network, log: Log
) -> None:
    async with (
        running_service(network.events, ("api", "consumers")) as events,
        walking("A topic is missing", log) as operator,
    ):
        await operator.sees(events, "consumer", "is missing")
        await make_topics(operator, network)
        await operator.all_is_well(events)


async def test_when_kafka_lost_its_data_all_is_told_and_heard_again(
    own: Own, network: Network, log: Log
) -> None:
    async with walking("Kafka lost its data", log) as operator:
        await make_topics(operator, network)
        async with network.running() as (members, events):
            await join(members, events)
            await offer(events)
            before = await told(network, {ORGANISATION: 1, PROFILE: 1, OFFER: 1})

            await asyncio.to_thread(wipe, own)
            await make_topics(operator, network)
            await operator.sees(events, "consumer", "topic was recreated", seconds=90)
        for service in (network.members, network.events):
            await operator.does(service, "position accept all all 0")
        async with network.running() as (members, events):
            for service in (network.members, network.events):
                await operator.does(service, "republish")
            assert await told(network, {ORGANISATION: 1, PROFILE: 1, OFFER: 1}) == before
            await join(members, events)
            await operator.all_is_well(events)

            await delete_topics(network.kafka, [OFFER.name])
            await make_topics(operator, network)
            await operator.does(network.events, "republish TOPIC", TOPIC=OFFER.name)
            after = await told(network, {ORGANISATION: 1, PROFILE: 2, OFFER: 1})
            assert after.items() >= before.items()
            await operator.all_is_well(members)


async def join(members: Running, events: Running) -> None:
    """Let a person join by an organisation, and wait until events has heard it."""
    before = await events.pool.fetchval("SELECT count(*) FROM member")
    told = {"name": "Deutscher Bundestag", "kind": "ministry", "country": "DE"}
    (await members.http.put("/organisations/deutscher-bundestag", json=told)).raise_for_status()
    person = {"given_name": "Kim", "family_name": "Beispiel", "email": f"{uuid4().hex}@example.org"}
    person["organisation"] = "deutscher-bundestag"
    (await members.http.post("/members", json=person)).raise_for_status()

    async def heard() -> bool:
        return bool(await events.pool.fetchval("SELECT count(*) FROM member") == before + 1)

    await eventually(heard)


async def told(network: Network, expected: Mapping[Topic, int]) -> Newest:
    """The newest of each key, when there are so many keys on each topic."""

    async def there() -> Newest | None:
        found = await newest(network.kafka, list(expected))
        own = {place: told for place, told in found.items() if not place[1].startswith("_roll")}
        keys = Counter(topic for topic, _ in own)
        return own if keys == {topic.name: count for topic, count in expected.items()} else None

    return await eventually(there) or {}


def wipe(own: Own) -> None:
    """Kill the broker and let it begin with an empty folder, as after its disk was changed."""
    broker = own.servers.kafka_process
    broker.kill()
    for entry in (own.home / "data" / "kafka-1" / "log").iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name not in FORMATTED:
            entry.unlink()
    broker.restart()
