"""The whole service on a real broker: it follows members, publishes offers, and takes each message once."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from uuid_utils.compat import uuid7

from services.events.app import compose
from shared.contracts.catalogue import (
    ACCOUNT,
    DISCLOSURE,
    ERASURE,
    EVENTS_ERASURE,
    OFFER,
    ORGANISATION,
    PROFILE,
    REGISTRATION,
    Topic,
)
from shared.contracts.members import Erasure, Organisation, OrganisationKind
from shared.contracts.model import Contract
from shared.messaging.kafka import Kafka
from shared.runtime.service import PARTS
from shared.testing.kafka import MakeTopics, open_producer, read_records, set_broker
from shared.testing.services import Running, running_service
from shared.testing.waiting import eventually
from tests.events.samples import COLLOQUIUM, build_profile

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
    await make_topics(
        [ORGANISATION, ACCOUNT, PROFILE, ERASURE, DISCLOSURE, EVENTS_ERASURE, OFFER, REGISTRATION]
    )
    set_broker(environment, kafka)
    environment.setenv("ALUMNIBUS_RELEASE_SECONDS", "1")
    environment.setenv("ALUMNIBUS_RELEASE_MINIMUM", "1")
    async with running_service(compose(), only=PARTS) as running:
        yield running


@pytest.fixture
async def producer(kafka: Kafka) -> AsyncIterator[AIOKafkaProducer]:
    async with open_producer(kafka) as producer:
        yield producer


async def send_message(
    producer: AIOKafkaProducer,
    kafka: Kafka,
    topic: Topic,
    key: object,
    data: Contract,
    times: int = 1,
    source: str = PROFILE.source,
) -> None:
    """Send what members would send, so many times with one id."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(uuid7()).encode()),
        ("ce_type", next(iter(topic.types)).encode()),
        ("ce_source", source.encode()),
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


async def read_newest(kafka: Kafka, topic: Topic) -> dict[str, Any]:
    """The state of each key, as a reader of the topic knows it."""
    return {record.key.decode(): record for record in await read_records(kafka, topic.name)}


async def test_what_members_publishes_lets_offers_and_registrations_go_out(
    service: Running, kafka: Kafka, producer: AIOKafkaProducer
) -> None:
    member = uuid4()
    await send_message(producer, kafka, ORGANISATION, BUNDESTAG.organisation, BUNDESTAG, times=2)
    await send_message(producer, kafka, PROFILE, member, build_profile(member), times=2)

    async def followed() -> bool:
        statistics = await read_statistics(service)
        return (statistics["organisations"], statistics["members"]) == (1, 1)

    await eventually(followed)
    offer = await _publish_offer(service)
    registered = await service.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})
    assert registered.status_code == 201, registered.text

    async def counted() -> Any:
        record = (await read_newest(kafka, OFFER)).get(offer)
        return record is not None and b'"registered":1' in record.value and record

    record = await eventually(counted)
    assert dict(record.headers)["ce_type"] == b"EventChanged"
    assert str(member).encode() not in b"".join(r.value for r in await read_records(kafka, OFFER.name))


async def test_an_erasure_that_comes_twice_frees_one_seat_and_a_forged_one_none(
    service: Running, kafka: Kafka, producer: AIOKafkaProducer
) -> None:
    leaving, *others = (uuid4() for _ in range(4))
    await send_message(producer, kafka, ORGANISATION, BUNDESTAG.organisation, BUNDESTAG)
    for member in (leaving, *others):
        await send_message(producer, kafka, PROFILE, member, build_profile(member))

    async def followed() -> bool:
        statistics = await read_statistics(service)
        return (statistics["organisations"], statistics["members"]) == (1, 4)

    await eventually(followed)
    offer = await _publish_offer(service, places=1)
    registrations = [
        (await service.http.post(f"/offers/{offer}/registrations", json={"member": str(m)})).json()
        for m in (leaving, *others)
    ]
    forged = Erasure(member=others[0], ordered_at=datetime.now(UTC))
    await send_message(producer, kafka, ERASURE, others[0], forged, source=EVENTS_ERASURE.source)
    order = Erasure(member=leaving, ordered_at=datetime.now(UTC))
    await send_message(producer, kafka, ERASURE, leaving, order, times=2)

    async def erased() -> bool:
        record = (await read_newest(kafka, REGISTRATION)).get(registrations[0]["registration"])
        return record is not None and record.value is None

    await eventually(erased)
    assert (await read_statistics(service))["registrations"] == {
        "registered": 1,
        "waitlisted": 2,
        "withdrawn": 0,
    }
    assert (await service.http.get("/readyz/all")).json()["ready"] is True


async def _publish_offer(service: Running, **changes: Any) -> str:
    drafted = await service.http.post("/offers", json=COLLOQUIUM | changes)
    assert drafted.status_code == 201, drafted.text
    offer = str(UUID(drafted.json()["offer"]))
    (await service.http.post(f"/offers/{offer}/publication")).raise_for_status()
    return offer
