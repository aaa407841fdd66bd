"""Joining: what comes in through the door goes out as messages, once."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from services.members.app import compose
from shared.contracts.catalogue import MEMBER, ORGANISATION, PROFILE
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics, records
from shared.testing.services import Running, outbox, up
from shared.testing.waiting import eventually

KIM = {
    "given_name": "Kim",
    "family_name": "Beispiel",
    "email": "Kim.Beispiel+daad@Example.org",
    "language": "de",
    "organisation": "daad",
}


@pytest.fixture
async def members(
    dsns: Mapping[str, str], kafka: Kafka, make_topics: MakeTopics, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    await make_topics([ORGANISATION, MEMBER, PROFILE])
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsns["members"])
    monkeypatch.setenv("ALUMNIBUS_KAFKA", kafka.servers)
    monkeypatch.setenv("ALUMNIBUS_TOPIC_PREFIX", kafka.prefix)
    monkeypatch.setenv("ALUMNIBUS_PUBLIC_ID_SECRET", "5e" * 32)
    async with up(compose(), only=("api", "relay")) as running:
        told = {"name": "Deutscher Akademischer Austauschdienst", "kind": "foundation", "country": "DE"}
        (await running.http.put("/organisations/daad", json=told)).raise_for_status()
        yield running


async def test_a_member_who_joins_is_announced_to_the_world_without_name(members: Running) -> None:
    answer = await members.http.post("/members", json=KIM)

    assert answer.status_code == 201, answer.text
    joined = answer.json()
    [(_, _, profile)] = await outbox(members.pool, PROFILE.name)
    assert profile["family_name"] == "Beispiel"
    expected: list[tuple[str, str, Any]] = [
        (
            "MemberJoined",
            joined["public_id"],
            {"public_id": joined["public_id"], "affiliations": [{"organisation": "daad", "programme": None}]},
        )
    ]
    assert expected == await outbox(members.pool, MEMBER.name)


async def test_the_same_command_with_its_key_gets_the_same_answer(members: Running) -> None:
    first = await members.http.post("/members", json=KIM, headers={"Idempotency-Key": "k1"})
    again = await members.http.post("/members", json=KIM, headers={"Idempotency-Key": "k1"})
    other = await members.http.post(
        "/members", json=KIM | {"cohort": 2001}, headers={"Idempotency-Key": "k1"}
    )

    assert first.json() == again.json()
    assert other.status_code == 409
    assert len(await outbox(members.pool, PROFILE.name)) == 1


async def test_what_went_out_arrives_on_the_topic_with_its_cloudevents_headers(
    members: Running, kafka: Kafka
) -> None:
    joined = (await members.http.post("/members", json=KIM, headers={"X-Correlation-ID": "c-1"})).json()

    async def arrived() -> list[Any]:
        return await records(kafka, PROFILE.name)

    [record] = await eventually(arrived)
    headers = dict(record.headers)
    assert record.key.decode() == joined["member"]
    assert headers["ce_type"] == b"MemberJoined"
    assert headers["ce_sequence"] == b"00001000000000000001"
    assert headers["ce_correlationid"] == b"c-1"
