"""A topic that is deleted and made anew under its old name is noticed, however many records it has."""

from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.messaging.consumer import assignment, consumer, positions, topic_ids
from shared.messaging.consumer.consumer import Consumer
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool, transaction
from shared.testing.kafka import MakeTopics, delete_topics
from shared.testing.waiting import eventually
from tests.shared.messaging.consumer.test_gaps import stopped, versions
from tests.shared.toy.partner import PARTITIONS, write
from tests.shared.toy.parts import SCHEMA, consuming, took_effect
from tests.shared.toy.tallies import TALLY


@pytest.fixture(autouse=True)
def curious(monkeypatch: pytest.MonkeyPatch) -> None:
    """Topics are looked at many times a second, not every five."""
    monkeypatch.setattr(assignment, "CHECK_SECONDS", 0.2)


async def made_anew(kafka: Kafka, make_topics: MakeTopics) -> None:
    """Delete the topic, make it again, and fill it until it is longer than what was read of the earlier one."""
    await delete_topics(kafka, [kafka.topic_name(TALLY.name)])
    await make_topics([TALLY])
    await write(kafka, versions(3, 5), partition=0)


async def test_a_topic_made_anew_stops_its_partitions_however_many_records_it_has_until_an_operator_accepts(
    pool: Pool, corner: Kafka, make_topics: MakeTopics
) -> None:
    await write(corner, versions(1, 2), partition=0)
    async with consuming(pool, corner):
        await took_effect(pool, {"a": [1, 2]})
    await made_anew(corner, make_topics)
    topic = corner.topic_name(TALLY.name)

    async with consuming(pool, corner) as inbound:
        alarms = inbound.assignment.stopped
        assert set(alarms) == {TopicPartition(topic, partition) for partition in range(PARTITIONS)}
        assert all(alarm.startswith("topic was recreated") for alarm in alarms.values())

    async with transaction(pool) as tx:
        assert await positions.accept_offset_everywhere(tx, SCHEMA, topic, 0) == PARTITIONS
    for _ in range(2):
        async with consuming(pool, corner) as inbound:
            assert not inbound.assignment.stopped
            await took_effect(pool, {"a": [1, 2, 3, 4, 5]})


async def test_a_topic_made_anew_under_a_running_consumer_stops_its_partitions(
    pool: Pool, corner: Kafka, make_topics: MakeTopics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "METADATA_SECONDS", 1)
    async with consuming(pool, corner) as inbound:
        await write(corner, versions(1, 2), partition=0)
        await took_effect(pool, {"a": [1, 2]})
        await made_anew(corner, make_topics)
        await eventually(lambda: stopped(inbound))


async def test_a_topic_made_anew_while_a_consumer_did_not_look_stops_its_partitions(
    pool: Pool, corner: Kafka, make_topics: MakeTopics
) -> None:
    """Its client asks for nothing while a batch is long and the next records wait: the deletion goes unseen."""
    async with consuming(pool, corner) as inbound:
        async with inbound.assignment.lock:
            await write(corner, versions(1, 1), partition=0)
            await write(corner, versions(2, 2), partition=0)
            await eventually(lambda: records_wait(inbound))
            await made_anew(corner, make_topics)
        await eventually(lambda: stopped(inbound))


async def records_wait(inbound: Consumer) -> bool:
    client = inbound._subscriber.consumer
    return client is not None and bool(client._fetcher._records)


async def test_positions_from_before_ids_were_stored_go_on_and_learn_the_id_of_their_topic(
    pool: Pool, corner: Kafka, make_topics: MakeTopics
) -> None:
    await write(corner, versions(1, 2), partition=0)
    async with consuming(pool, corner):
        await took_effect(pool, {"a": [1, 2]})
    await pool.execute("UPDATE position SET topic_id = NULL")

    async with consuming(pool, corner) as inbound:
        assert not inbound.assignment.stopped
        await write(corner, versions(3, 3), partition=0)
        await took_effect(pool, {"a": [1, 2, 3]})
    await made_anew(corner, make_topics)
    async with consuming(pool, corner) as inbound:
        assert len(inbound.assignment.stopped) == PARTITIONS


async def test_where_the_broker_tells_no_ids_positions_are_taken_as_they_are(
    pool: Pool, corner: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(corner, versions(1, 2), partition=0)
    async with consuming(pool, corner):
        await took_effect(pool, {"a": [1, 2]})
    known = await stored_ids(pool)
    assert None not in known

    monkeypatch.setattr(topic_ids._MetadataRequestStruct, "API_VERSION", 999)
    async with consuming(pool, corner) as inbound:
        assert not inbound.assignment.stopped
        await write(corner, versions(3, 3), partition=0)
        await took_effect(pool, {"a": [1, 2, 3]})
    assert await stored_ids(pool) == known


async def stored_ids(pool: Pool) -> set[UUID | None]:
    return {row["topic_id"] for row in await pool.fetch("SELECT topic_id FROM position")}


async def test_a_topic_that_is_not_there_has_no_id(corner: Kafka) -> None:
    place = TopicPartition(corner.topic_name(TALLY.name), 0)
    async with AIOKafkaConsumer(**corner.client_options) as client:
        client.assign([place])
        await client.position(place)
        told = await topic_ids.read_topic_ids(
            client, [place, TopicPartition(corner.topic_name("missing"), 0)]
        )
    assert set(told) == {place.topic}
