"""The whole service on a real broker: it follows members, publishes offers, and takes each message once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from uuid_utils.compat import uuid7

from services.events.app import compose
from shared.contracts.catalogue import ERASURE, OFFER, ORGANISATION, PROFILE, REGISTRATION, Topic
from shared.contracts.members import Erasure, Organisation, OrganisationKind
from shared.contracts.model import Contract
from shared.messaging.kafka import Kafka
from shared.runtime.service import PARTS
from shared.testing.kafka import MakeTopics, open_producer, read_records
from shared.testing.services import Running, running_service
from shared.testing.waiting import eventually
from tests.events.conftest import COLLOQUIUM, profile

BUNDESTAG = Organisation(
    organisation="deutscher-bundestag",
    name="Deutscher Bundestag",
    kind=OrganisationKind.PARLIAMENT,
    country="DE",
)


@pytest.fixture
async def service(
    environment: pytest.MonkeyPatch, kafka: Kafka, make_topics: MakeTopics
) -> AsyncIterator[Running]:
    await make_topics([ORGANISATION, PROFILE, ERASURE, OFFER, REGISTRATION])
    environment.setenv("ALUMNIBUS_KAFKA", kafka.servers)
    environment.setenv("ALUMNIBUS_TOPIC_PREFIX", kafka.prefix)
    async with running_service(compose(), only=PARTS) as running:
        yield running


@pytest.fixture
async def producer(kafka: Kafka) -> AsyncIterator[AIOKafkaProducer]:
    async with open_producer(kafka) as made:
        yield made


async def tell(
    producer: AIOKafkaProducer, kafka: Kafka, topic: Topic, key: object, data: Contract, times: int = 1
) -> None:
    """Send what members would send, so many times with one id."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(uuid7()).encode()),
        ("ce_type", next(iter(topic.types)).encode()),
        ("ce_source", b"/alumnibus/members"),
        ("ce_sequence", b"00001000000000000001"),
        ("content-type", b"application/json"),
    ]
    for _ in range(times):
        await producer.send_and_wait(
            kafka.topic_name(topic.name), data.model_dump_json().encode(), str(key).encode(), headers=headers
        )


async def read_statistics(service: Running) -> dict[str, Any]:
    statistics: dict[str, Any] = (await service.http.get("/statistics")).json()
    return statistics


async def newest(kafka: Kafka, topic: Topic) -> dict[str, Any]:
    """The state of each key, as a reader of the topic knows it."""
    return {record.key.decode(): record for record in await read_records(kafka, topic.name)}


async def test_what_members_tells_lets_offers_and_registrations_go_out(
    service: Running, kafka: Kafka, producer: AIOKafkaProducer
) -> None:
    member = uuid4()
    await tell(producer, kafka, ORGANISATION, BUNDESTAG.organisation, BUNDESTAG, times=2)
    await tell(producer, kafka, PROFILE, member, profile(member), times=2)

    async def followed() -> bool:
        told = await read_statistics(service)
        return (told["organisations"], told["members"]) == (1, 1)

    await eventually(followed)
    offer = await _published(service)
    registered = await service.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})
    assert registered.status_code == 201, registered.text

    async def counted() -> Any:
        record = (await newest(kafka, OFFER)).get(offer)
        return record is not None and b'"registered":1' in record.value and record

    record = await eventually(counted)
    assert dict(record.headers)["ce_type"] == b"EventChanged"
    assert str(member).encode() not in b"".join(r.value for r in await read_records(kafka, OFFER.name))


async def test_an_erasure_that_comes_twice_frees_one_place(
    service: Running, kafka: Kafka, producer: AIOKafkaProducer
) -> None:
    leaving, *others = (uuid4() for _ in range(4))
    await tell(producer, kafka, ORGANISATION, BUNDESTAG.organisation, BUNDESTAG)
    for member in (leaving, *others):
        await tell(producer, kafka, PROFILE, member, profile(member))

    async def followed() -> bool:
        told = await read_statistics(service)
        return (told["organisations"], told["members"]) == (1, 4)

    await eventually(followed)
    offer = await _published(service, places=1)
    places = [
        (await service.http.post(f"/offers/{offer}/registrations", json={"member": str(m)})).json()
        for m in (leaving, *others)
    ]
    order = Erasure(member=leaving, ordered_at=datetime.now(UTC))
    await tell(producer, kafka, ERASURE, leaving, order, times=2)

    async def erased() -> bool:
        record = (await newest(kafka, REGISTRATION)).get(places[0]["registration"])
        return record is not None and record.value is None

    await eventually(erased)
    assert (await read_statistics(service))["registrations"] == {
        "registered": 1,
        "waitlisted": 2,
        "withdrawn": 0,
    }
    assert (await service.http.get("/readyz")).json()["ready"] is True


async def _published(service: Running, **changes: Any) -> str:
    drafted = await service.http.post("/offers", json=COLLOQUIUM | changes)
    assert drafted.status_code == 201, drafted.text
    offer = str(UUID(drafted.json()["offer"]))
    (await service.http.post(f"/offers/{offer}/publication")).raise_for_status()
    return offer
