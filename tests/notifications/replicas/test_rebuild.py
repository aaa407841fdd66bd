"""Replicas are made anew from their topics; nobody is notified by it, and nobody misses anything."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from services.notifications.consumers import ROUTES
from shared.contracts.catalogue import (
    MENTORSHIP,
    OFFER,
    ORGANISATION,
    PROFILE,
    REGISTRATION,
    Topic,
)
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics
from shared.testing.services import Running
from shared.testing.waiting import eventually
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, list_entries
from tests.shared.operations.command_line import publish, rows, said, waiting

TOPICS = (ORGANISATION, PROFILE, OFFER, REGISTRATION, MENTORSHIP)
TABLES = ("organisation", "recipient", "offer", "registration", "mentorship")
DAMAGES = {
    ORGANISATION: "UPDATE organisation SET name = 'wrong'",
    PROFILE: "UPDATE recipient SET email = 'wrong', ids = '{}'",
    OFFER: "DELETE FROM offer",
    REGISTRATION: "UPDATE registration SET state = 'withdrawn', member = gen_random_uuid(), sequence = 9",
    MENTORSHIP: "UPDATE mentorship SET data = '{}', persons = '{}'",
}
KIM, GONE, PLACE, OTHER, EVENT, REQUEST, ENDED = (uuid4() for _ in range(7))


@pytest.fixture
async def topics(kafka: Kafka, make_topics: MakeTopics) -> None:
    """What the other services have published: someone with a seat and a request, and someone who was erased."""
    await make_topics([*ROUTES])
    now = datetime.now(UTC)
    published = {
        ORGANISATION: [build.organisation(name="Old name"), build.organisation()],
        PROFILE: [
            build.profile(KIM, invited_at=now),
            build.profile(GONE),
            build.message(GONE, None),
        ],
        OFFER: [build.offer(EVENT), build.offer(EVENT, title="Treffen")],
        REGISTRATION: [
            build.registration(PLACE, EVENT, KIM, "waitlisted"),
            build.registration(PLACE, EVENT, KIM, moved_up=True),
            build.registration(OTHER, EVENT, GONE),
            build.message(OTHER, None),
        ],
        MENTORSHIP: [
            build.mentorship(REQUEST, KIM, contacts=(KIM,)),
            build.mentorship(ENDED, GONE),
            build.message(ENDED, None),
        ],
    }
    for topic, messages in published.items():
        await publish(kafka, topic, messages)


@pytest.fixture
async def service(start: StartService, topics: None, kafka: Kafka) -> AsyncIterator[Running]:
    """The service when it has read all that, and reads on; nothing is composed yet."""
    async with start("consumers") as running:
        await eventually(lambda: all_read(running, kafka))
        yield running


async def all_read(service: Running, kafka: Kafka) -> bool:
    return sum([await waiting(service.pool, kafka, topic) for topic in TOPICS]) == 0


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
async def test_what_was_damaged_is_as_before_and_nobody_hears_of_it(service: Running, topic: Topic) -> None:
    before = {table: await rows(service.pool, table) for table in (*TABLES, "erased", "delivery", "outbox")}
    await service.pool.execute(DAMAGES[topic])
    code, output = await said(service.app.state.service, "rebuild", topic.name)

    assert (code, output.partition(", ")[2]) == (0, "0 passed over, 0 rows vanished\n")
    assert {table: await rows(service.pool, table) for table in before} == before
    assert all(before[table] for table in TABLES)


async def test_a_change_that_the_consumer_has_not_read_is_notified_of_after_a_rebuild(
    start: StartService, topics: None, kafka: Kafka
) -> None:
    """Were it in the projection already, the consumer would take it for a repeat."""
    async with start("consumers") as service:
        await eventually(lambda: all_read(service, kafka))
        count = len(await list_entries(service))
    await publish(kafka, REGISTRATION, [build.registration(PLACE, EVENT, KIM, "withdrawn")])
    async with start() as service:
        await service.pool.execute(DAMAGES[REGISTRATION])
        assert (await said(service.app.state.service, "rebuild", REGISTRATION.name))[0] == 0
        assert await states(service) == {PLACE: "registered"}
    async with start("consumers") as service:
        await eventually(lambda: all_read(service, kafka))
        assert await states(service) == {PLACE: "withdrawn"}
        assert [entry["kind"] for entry in (await list_entries(service))[count:]] == ["withdrawn"]


async def states(service: Running) -> dict[UUID, str]:
    return {row[0]: row[4] for row in await rows(service.pool, "registration")}


async def test_a_service_without_state_of_its_own_says_so(start: StartService) -> None:
    async with start() as service:
        assert await said(service.app.state.service, "republish") == (
            0,
            "wrote 0 messages for the relay to send (no topics)\n",
        )
        assert (await said(service.app.state.service, "republish", OFFER.name))[0] == 1
