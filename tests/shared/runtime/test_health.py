"""Health: ready only when every part works, and the metrics tell what the parts did."""

import time
from collections.abc import AsyncIterator
from functools import partial

import pytest

from shared.messaging.consumer import assignment, watchdog
from shared.messaging.kafka import Kafka
from shared.messaging.outbox_age import OutboxAge
from shared.runtime.service import PARTS
from shared.testing.kafka import MakeTopics, delete_topics, set_broker
from shared.testing.services import Running, running_service
from shared.testing.waiting import eventually
from tests.shared.toy.app import compose
from tests.shared.toy.partner import raised, write
from tests.shared.toy.parts import count_up, took_effect
from tests.shared.toy.tallies import TALLY

GROWN: dict[str, float] = {
    'alumnibus_relay_sent_total{schema="toy"}': 5,
    'alumnibus_consumer_applied_total{consumer="toy",topic="toy.tally.v1"}': 3,
    'alumnibus_consumer_parked_total{consumer="toy",topic="toy.tally.v1"}': 2,
}


@pytest.fixture
def environment(dsn: str, kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsn)
    set_broker(monkeypatch, kafka)
    monkeypatch.setenv("ALUMNIBUS_PARKED_CEILING", "1")


@pytest.fixture
async def service(environment: None, corner: Kafka) -> AsyncIterator[Running]:
    async with running_service(compose(), PARTS) as running:
        yield running


async def checks(service: Running) -> dict[str, str]:
    answer = await service.http.get("/readyz/all")
    body = answer.json()
    assert (answer.status_code == 200) is body["ready"]
    found: dict[str, str] = body["checks"]
    return found


async def ready(service: Running) -> bool:
    return set((await checks(service)).values()) == {"ok"}


async def test_a_service_is_ready_when_its_consumer_is_assigned_and_idle(service: Running) -> None:
    parts = dict.fromkeys(("database", "relay", "consumer", "work"), "ok")
    await eventually(lambda: says_all(service, parts))


async def says_all(service: Running, expected: dict[str, str]) -> bool:
    return await checks(service) == expected


async def test_a_topic_that_is_missing_is_named_within_seconds_until_it_is_there(
    environment: None, kafka: Kafka, make_topics: MakeTopics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assignment, "CHECK_SECONDS", 0.2)
    named = f"topic {kafka.topic_name(TALLY.name)} is missing"
    async with running_service(compose(), PARTS) as service:
        await count_up(service.pool, "a")
        for part in ("relay", "consumer"):
            await eventually(partial(says, service, part, named), seconds=5)
        await make_topics([TALLY])
        await took_effect(service.pool, {"a": [1]})
        await eventually(lambda: ready(service))

        await delete_topics(kafka, [kafka.topic_name(TALLY.name)])
        await eventually(partial(says, service, "consumer", named))


def test_the_age_of_what_waits_grows_between_two_looks_and_that_of_what_passes_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    age = OutboxAge("toy")
    for found, later in ((0.4, [0.4, 0.4]), (20.0, [23.0, 30.0]), (0.0, [0.0, 0.0])):
        age._seconds, age._at = found, now
        shown = []
        for seconds in (3, 7):
            now += seconds
            shown.append(age.read())
        assert shown == later


async def says(service: Running, check: str, text: str) -> bool:
    return text in (await checks(service))[check]


async def test_at_the_ceiling_the_consumers_are_not_ready_and_requests_are_answered(
    service: Running, corner: Kafka
) -> None:
    await service.pool.execute("INSERT INTO barred VALUES ('a'), ('b')")

    await write(corner, [raised("a", 1), raised("b", 1)], partition=0)

    await eventually(lambda: says(service, "consumer", "CeilingReached"))
    answers = [
        await service.http.get(f"/readyz{part}") for part in ("", "/api", "/relay", "/consumers", "/all")
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 503, 503]
    parts = {"api": True, "consumers": False, "relay": True, "work": True}
    assert [answer.json()["parts"] for answer in answers] == [parts] * 5
    assert (await service.http.get("/livez")).status_code == 200


async def test_what_waits_for_an_operator_is_told_and_makes_nothing_wait(
    service: Running, corner: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog, "CHECK_SECONDS", 0.2)
    await service.pool.execute("INSERT INTO barred VALUES ('a')")
    stranger = raised("b", 1, source="/alumnibus/stranger")

    await write(corner, [raised("a", 1), stranger, stranger], partition=0)

    waiting = {"parked_keys": 1, "refused_records": 2}
    await eventually(lambda: tells(service, "alarms", waiting))
    assert await ready(service)


async def tells(service: Running, name: str, figures: dict[str, int]) -> bool:
    answer = await service.http.get("/readyz")
    return answer.status_code == 200 and bool(answer.json()[name] == figures)


async def test_a_part_that_runs_elsewhere_is_not_found(environment: None, corner: Kafka) -> None:
    async with running_service(compose(), only=["api"]) as service:
        assert (await service.http.get("/readyz/consumers")).status_code == 404
        assert (await service.http.get("/readyz/all")).status_code == 200


async def test_the_figures_tell_what_relay_and_consumer_did(service: Running, corner: Kafka) -> None:
    await service.pool.execute("INSERT INTO barred VALUES ('a')")
    before = await figures(service)
    await count_up(service.pool, "a", 2)
    await count_up(service.pool, "b", 3)
    await took_effect(service.pool, {"b": [1, 2, 3]})

    await eventually(lambda: grown(service, before, GROWN))
    assert (await figures(service))['alumnibus_relay_leader{schema="toy"}'] == 1


async def grown(service: Running, before: dict[str, float], by: dict[str, float]) -> bool:
    """Whether these figures have grown by so much."""
    after = await figures(service)
    return {name: after.get(name, 0) - before.get(name, 0) for name in by} == by


async def figures(service: Running) -> dict[str, float]:
    text = (await service.http.get("/metrics")).text
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}
