"""Requests can be sent again, with and without their persons: the same state with the same sequence."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from services.matching.app import compose
from shared.contracts.catalogue import MATCHING_ERASURE, MENTORSHIP, REQUEST
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics
from shared.testing.services import Running, running_service
from shared.testing.waiting import eventually
from tests.matching.network import Network
from tests.shared.operations.command_line import newest, said, told

TOPICS = (REQUEST, MENTORSHIP)


@pytest.fixture
async def matching(environment: None, make_topics: MakeTopics) -> AsyncIterator[Running]:
    await make_topics([*TOPICS, MATCHING_ERASURE])
    async with running_service(compose(), only=("api", "relay")) as running:
        yield running


@pytest.fixture
async def requests(network: Network) -> list[UUID]:
    """One that is new, one with an accepted proposal, one whose requester was erased; and a fourth came later than
    the release."""
    contact = await network.open_desk()
    requester, adviser, gone = [await network.add_member() for _ in range(3)]
    asked = [await network.request_mentorship(member) for member in (requester, requester, gone)]
    await network.accept_proposal(await network.propose_adviser(asked[1], contact, adviser), adviser)
    await network.erase_members(gone)
    await network.release_requests()
    await network.request_mentorship(requester)
    return asked


async def test_requests_have_the_same_data_and_sequences_after_a_republish(
    matching: Running, requests: list[UUID], kafka: Kafka
) -> None:
    async def sent() -> bool:
        written: int = await matching.pool.fetchval("SELECT count(*) FROM outbox")
        found = [record for topic in (*TOPICS, MATCHING_ERASURE) for record in await told(kafka, topic)]
        return len({dict(record.headers)["ce_id"] for record in found}) >= written

    await eventually(sent)
    before = await newest(kafka, TOPICS)
    counted = {topic: len(await told(kafka, topic)) for topic in TOPICS}
    code, output = await said(matching.app.state.service, "republish")
    await eventually(sent)

    assert (code, output) == (
        0,
        "wrote 7 messages for the relay to send (matching.mentorship.v1 4, matching.request.v1 3)\n",
    )
    assert await newest(kafka, TOPICS) == before
    again = {topic: len(await told(kafka, topic)) - counted[topic] for topic in TOPICS}
    assert again == {REQUEST: 3, MENTORSHIP: 4}
    assert before[MENTORSHIP.name, str(requests[2])][0] is None
