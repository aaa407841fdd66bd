"""A partition is stopped: its retention passed by, or its topic was made anew, while the consumer ran or not."""

import re
from dataclasses import replace

import pytest

from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from shared.runtime.service import PARTS, Service
from shared.testing.kafka import MakeTopics, delete_topics
from shared.testing.services import Running, running_service
from tests.operations.operator import Log, Operator, walking
from tests.shared.messaging.consumer.test_gaps import remove_records, versions
from tests.shared.toy.app import compose
from tests.shared.toy.partner import raised, write
from tests.shared.toy.parts import took_effect
from tests.shared.toy.tallies import NOTE, TALLY, note

STOPPED = 'alumnibus_consumer_stopped_partitions{consumer="toy"}'


async def alarmed(operator: Operator, running: Running, place: str, why: str, *, partitions: int = 1) -> str:
    """The alarm, as all places tell it."""
    told = await operator.sees(running, "consumer", f"{place} stopped: {why}", seconds=90)
    await operator.watches(running, STOPPED, partitions, partitions)
    line = await operator.hears("position.stop.alarm")
    assert f"{line['topic']}/{line['partition']} stopped: {line['alarm']}" == told
    return told


async def test_retention_passed_by_and_the_consumer_goes_on_at_the_first_record_that_is_there(
    toy: pytest.MonkeyPatch, pool: Pool, kafka: Kafka, make_topics: MakeTopics, log: Log
) -> None:
    service = replace(compose(), routes={NOTE: note})
    topic = kafka.topic_name(NOTE.name)
    await make_topics([NOTE])
    await write(kafka, versions(1, 2), partition=0, topic=NOTE)
    async with running_service(service, PARTS):
        await took_effect(pool, {"a": [1, 2]})
    await write(kafka, versions(3, 6), partition=0, topic=NOTE)
    await remove_records(kafka, NOTE.name, before=4)

    async with walking("A partition is stopped", log) as operator:
        async with running_service(service, PARTS) as running:
            alarm = await alarmed(operator, running, f"{topic}/0", "retention passed by")
            await write(kafka, [raised("other", 1)], partition=1, topic=NOTE)
            await took_effect(pool, {"a": [1, 2], "other": [1]})
            first = re.findall(r"\d+$", alarm)[0]
            assert [topic, "0", "2"] in await shown(operator, service)
            await operator.does(
                service, "position accept TOPIC PARTITION OFFSET", TOPIC=topic, PARTITION=0, OFFSET=first
            )
        async with running_service(service, PARTS) as running:
            await took_effect(pool, {"a": [1, 2, 5, 6], "other": [1]})
            await operator.all_is_well(running)
            await operator.watches(running, STOPPED, 0, 0)


async def shown(operator: Operator, service: Service) -> list[list[str]]:
    return [line.split() for line in (await operator.does(service, "position show")).splitlines()]


async def test_a_topic_made_anew_under_a_running_consumer_is_read_from_its_beginning(
    toy: pytest.MonkeyPatch, pool: Pool, corner: Kafka, make_topics: MakeTopics, log: Log
) -> None:
    topic = corner.topic_name(TALLY.name)
    async with (
        walking("A topic was recreated", log) as operator,
        running_service(compose(), PARTS) as running,
    ):
        await write(corner, versions(1, 3), partition=0)
        await took_effect(pool, {"a": [1, 2, 3]})
        await delete_topics(corner, [topic])
        await make_topics([TALLY])
        await alarmed(operator, running, f"{topic}/0", "topic was recreated", partitions=3)
        await write(corner, [raised("a", 4)], partition=0)
        await operator.does(compose(), "position accept TOPIC all 0", TOPIC=topic)
    async with running_service(compose(), PARTS) as running:
        await took_effect(pool, {"a": [1, 2, 3, 4]})
        await operator.all_is_well(running)
