"""The replica of profiles is rebuilt from its topic; who is gone stays gone, who is referred to stays."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import uuid4

import pytest

from services.matching.app import compose
from shared.contracts.catalogue import ACCOUNT, DISCLOSURE, ERASURE, PROFILE
from shared.messaging.kafka import Kafka
from shared.messaging.message import Message
from shared.testing.kafka import MakeTopics
from shared.testing.services import Running, running_service
from shared.testing.waiting import eventually
from tests.matching.network import Network, build_message, build_profile
from tests.shared.operations.command_line import publish, rows, said, waiting


@pytest.fixture
async def matching(environment: None, make_topics: MakeTopics) -> AsyncIterator[Running]:
    await make_topics([ACCOUNT, PROFILE, ERASURE, DISCLOSURE])
    async with running_service(compose(), only=("api", "consumers")) as running:
        yield running


async def deliver_over_kafka(matching: Running, kafka: Kafka, messages: Sequence[Message[Any]]) -> None:
    async def all_read() -> bool:
        return await waiting(matching.pool, kafka, PROFILE) == 0

    await publish(kafka, PROFILE, messages)
    await eventually(all_read)


async def test_persons_are_as_their_profiles_say_and_nothing_is_sent(
    matching: Running, network: Network, kafka: Kafka
) -> None:
    contact, requester, erased, gone, other = (build_profile() for _ in range(5))
    profiles = [build_message(one.member, 1, one) for one in (contact, requester, erased, gone, other)]
    await deliver_over_kafka(
        matching, kafka, [*profiles, build_message(gone.member, 2, None, "MemberErased")]
    )
    await network.put("/desks/ru-sverdlovsk-oblast", contacts=[contact.member], deputies=[])
    await network.request_mentorship(requester.member)
    await network.erase_members(erased.member)
    before, sent = await rows(matching.pool, "person"), await rows(matching.pool, "outbox")
    await matching.pool.execute("UPDATE person SET themes = '{wrong}', sequence = 9 WHERE NOT gone")
    await matching.pool.execute("DELETE FROM person WHERE member = $1", other.member)
    await matching.pool.execute("INSERT INTO person (member, sequence) VALUES ($1, 1)", uuid4())

    assert await said(matching.app.state.service, "rebuild", PROFILE.name) == (
        0,
        "rebuilt person from members.profile.v1: 6 records read, 0 passed over, 1 rows vanished\n",
    )
    assert await rows(matching.pool, "person") == before
    assert await rows(matching.pool, "outbox") == sent


async def test_a_person_whom_a_request_names_stays_though_the_topic_says_nothing(
    matching: Running, network: Network, kafka: Kafka
) -> None:
    await deliver_over_kafka(
        matching, kafka, [build_message(one.member, 1, one) for one in (build_profile(), build_profile())]
    )
    contact, requester, nobody = (
        await network.open_desk(),
        await network.add_member(),
        await network.add_member(),
    )
    request = await network.request_mentorship(requester)
    await said(matching.app.state.service, "rebuild", PROFILE.name)

    kept = {row[0] for row in await rows(matching.pool, "person")}
    assert requester in kept
    assert kept.isdisjoint({nobody, contact})
    assert await network.read_state(request) == "requested"
