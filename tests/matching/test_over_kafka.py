"""Matching between real topics: profiles come in by Kafka, requests go out by it."""

import json
from datetime import UTC, datetime
from typing import Any

from services.matching.app import compose
from shared.contracts.catalogue import (
    ACCOUNT,
    DISCLOSURE,
    ERASURE,
    MATCHING_ERASURE,
    MENTORSHIP,
    PROFILE,
    REQUEST,
    Topic,
)
from shared.contracts.members import Profile
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics, open_producer
from shared.testing.services import running_service
from shared.testing.waiting import eventually
from tests.matching.network import URALS, Network, build_profile
from tests.shared.operations.command_line import told

Sent = tuple[str, int, Profile | None]


async def publish_profiles(kafka: Kafka, profiles: list[Sent]) -> None:
    """Profiles as the members service publishes them, each by its key."""
    async with open_producer(kafka) as producer:
        for key, sequence, one in profiles:
            headers = {
                "ce_specversion": "1.0",
                "ce_id": f"{key}-{sequence}",
                "ce_source": PROFILE.source,
                "ce_type": "MemberChanged" if one else "MemberErased",
                "ce_sequence": f"{sequence:020d}",
                "content-type": "application/json",
            }
            await producer.send_and_wait(
                kafka.topic_name(PROFILE.name),
                key=key.encode(),
                value=one.model_dump_json().encode() if one else None,
                headers=[(name, value.encode()) for name, value in headers.items()],
            )


async def test_members_who_come_by_kafka_are_matched_and_the_request_goes_out(
    environment: None, kafka: Kafka, make_topics: MakeTopics
) -> None:
    await make_topics([ACCOUNT, PROFILE, ERASURE, DISCLOSURE, MATCHING_ERASURE, REQUEST, MENTORSHIP])
    contact, requester, adviser = (
        build_profile(advises=False),
        build_profile(residence="DE"),
        build_profile(themes=("trade",)),
    )
    known: list[Sent] = [(str(one.member), 1, one) for one in (contact, requester, adviser)]

    async with running_service(compose(), only=("api", "consumers", "relay")) as running:
        network = Network(running)
        await publish_profiles(kafka, known)

        async def all_known() -> bool:
            return bool((await network.get("/statistics"))["members"] == len(known))

        await eventually(all_known)
        await network.put(f"/desks/{URALS}", contacts=[contact.member], deputies=[])
        request = await network.request_mentorship(requester.member)
        await network.propose_adviser(request, contact.member, adviser.member)
        await network.release_requests()
        await publish_profiles(kafka, [(str(requester.member), 2, None)])

        async def find(topic: Topic, number: int) -> list[Any]:
            found = await told(kafka, topic)
            return found if len(found) == number else []

        personal = await eventually(lambda: find(MENTORSHIP, 3))
        await network.release_requests()
        public = await eventually(lambda: find(REQUEST, 2))

    types = [[dict(record.headers)["ce_type"].decode() for record in found] for found in (personal, public)]
    assert types == [
        ["MentorshipRequested", "AdviserProposed", "MentorshipErased"],
        ["AdviserProposed", "MentorshipEnded"],
    ]
    assert personal[-1].value is None
    assert {record.key.decode() for record in personal} == {str(request)}
    [public_id] = {record.key.decode() for record in public}
    assert public_id != str(request)
    assert {json.loads(record.value)["request"] for record in public} == {public_id}
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    assert {record.timestamp for record in public} == {int(day.timestamp() * 1000)}
    assert {dict(record.headers)["ce_time"] for record in public} == {
        day.isoformat().replace("+00:00", "Z").encode()
    }
