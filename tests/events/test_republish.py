"""Offers and registrations can be sent again: the same state with the same sequence, and nothing that was private."""

import json
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from services.events.app import compose
from shared.contracts.catalogue import OFFER, REGISTRATION
from shared.messaging.kafka import Kafka
from shared.operations import republish
from shared.postgres.pool import Pool
from shared.testing.kafka import MakeTopics, set_broker
from shared.testing.services import Running, running_service
from shared.testing.waiting import eventually
from tests.events.releases import release_counts
from tests.events.samples import CreateOffer, add_organisations, join_members
from tests.shared.operations.command_line import newest, said, told

TOPICS = (OFFER, REGISTRATION)


@pytest.fixture
async def events(
    environment: pytest.MonkeyPatch, kafka: Kafka, make_topics: MakeTopics
) -> AsyncIterator[Running]:
    """The service with its relay; counts are published when a test lets the worker do so."""
    await make_topics(TOPICS)
    set_broker(environment, kafka)
    async with running_service(compose(), only=("api", "relay")) as running:
        await add_organisations(running.pool)
        yield running


@pytest.fixture
async def offers(events: Running, create_offer: CreateOffer) -> list[UUID]:
    """A full one with a waiting list and one who gave it back, a cancelled one, a draft, and one that is new."""
    full, cancelled = await create_offer(places=2), await create_offer()
    for member in await join_members(events.pool, 5):
        answer = await events.http.post(f"/offers/{full}/registrations", json={"member": str(member)})
        registration = answer.json()["registration"]
    (await events.http.delete(f"/registrations/{registration}")).raise_for_status()
    (await events.http.post(f"/offers/{cancelled}/cancellation", json={"reason": "Storm"})).raise_for_status()
    return [full, cancelled, await create_offer(published=False), await create_offer()]


async def all_sent(pool: Pool, kafka: Kafka) -> bool:
    written: int = await pool.fetchval("SELECT count(*) FROM outbox")
    found = [record for topic in TOPICS for record in await told(kafka, topic)]
    return len({dict(record.headers)["ce_id"] for record in found}) >= written


async def test_offers_and_registrations_have_the_same_data_and_sequences_after_a_republish(
    events: Running, offers: list[UUID], kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(republish, "PAGE", 2)
    await release_counts(events)
    await eventually(lambda: all_sent(events.pool, kafka))
    before = await newest(kafka, TOPICS)
    counted = {topic: len(await told(kafka, topic)) for topic in TOPICS}
    code, output = await said(events.app.state.service, "republish")
    await eventually(lambda: all_sent(events.pool, kafka))

    assert (code, output) == (
        0,
        "wrote 8 messages for the relay to send (events.offer.v1 3, events.registration.v1 5)\n",
    )
    assert await newest(kafka, TOPICS) == before
    again = {topic: len(await told(kafka, topic)) - counted[topic] for topic in TOPICS}
    assert again == {OFFER: 3, REGISTRATION: 5}


async def test_a_lost_topic_holds_every_published_offer_again_and_no_draft(
    events: Running, offers: list[UUID], kafka: Kafka
) -> None:
    await release_counts(events)
    await events.pool.execute("DELETE FROM outbox")
    await said(events.app.state.service, "republish", OFFER.name)

    rows = await events.pool.fetch("SELECT type, key, payload FROM outbox ORDER BY id")
    types = {UUID(row["key"]): row["type"] for row in rows}
    full, cancelled, _, new = offers
    assert types == {full: "EventChanged", cancelled: "EventCancelled", new: "EventScheduled"}
    [counts] = [json.loads(row["payload"]) for row in rows if row["key"] == str(full)]
    assert (counts["registered"], counts["waiting"]) == (2, 2)


async def test_counts_that_wait_for_a_release_are_not_told_before_it(
    events: Running, offers: list[UUID]
) -> None:
    await events.pool.execute("DELETE FROM outbox")
    await said(events.app.state.service, "republish")

    rows = await events.pool.fetch("SELECT key, payload FROM outbox WHERE topic = $1", OFFER.name)
    told = {UUID(row["key"]): json.loads(row["payload"]) for row in rows}
    assert {offer: (data["registered"], data["waiting"]) for offer, data in told.items()} == dict.fromkeys(
        (offers[0], offers[1], offers[3]), (0, 0)
    )
