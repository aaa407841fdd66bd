"""What a service holds of others is wrong: the topic is read again from its beginning, and nothing is sent."""

from collections.abc import Mapping
from uuid import uuid4

import pytest

from services.events.app import compose
from shared.contracts.catalogue import ACCOUNT, DISCLOSURE, ERASURE, ORGANISATION, PROFILE
from shared.messaging.kafka import Kafka
from shared.testing.kafka import MakeTopics, set_broker
from shared.testing.services import read_outbox, running_service
from shared.testing.waiting import eventually
from tests.events.samples import build_message, build_profile
from tests.operations.operator import Log, walking
from tests.shared.operations.command_line import publish, rows, waiting


async def test_rows_that_a_mistake_spoiled_are_as_their_topic_says_again(
    dsns: Mapping[str, str],
    kafka: Kafka,
    make_topics: MakeTopics,
    monkeypatch: pytest.MonkeyPatch,
    log: Log,
) -> None:
    await make_topics([ACCOUNT, ORGANISATION, PROFILE, ERASURE, DISCLOSURE])
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsns["events"])
    set_broker(monkeypatch, kafka)
    people = [uuid4() for _ in range(3)]
    async with (
        running_service(compose(), ("api", "consumers")) as events,
        walking("What a service holds of others is wrong", log) as operator,
    ):
        await publish(
            kafka, PROFILE, [build_message(build_profile(person, language="fr"), person) for person in people]
        )

        async def read() -> bool:
            return await waiting(events.pool, kafka, PROFILE) == 0

        await eventually(read)
        before = await rows(events.pool, "member")
        await events.pool.execute("UPDATE member SET language = 'xx', sequence = sequence + 5")
        await events.pool.execute("DELETE FROM member WHERE member = $1", people[0])

        done = await operator.does(compose(), "rebuild TOPIC", TOPIC=PROFILE.name)

        assert "3 records read, 0 passed over" in done
        assert await rows(events.pool, "member") == before
        assert await read_outbox(events.pool) == []
        await operator.all_is_well(events)
