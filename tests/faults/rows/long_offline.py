"""Consumers that are away for longer than Kafka remembers."""

import re

import httpx
from aiokafka.admin import AIOKafkaAdminClient

from shared.testing.waiting import eventually
from tests.faults.processes import Process
from tests.faults.row import Row
from tests.faults.service.entries import SCHEMA
from tests.faults.stage import Stage

FORGETFUL = {"offsets.retention.minutes": "1", "offsets.retention.check.interval.ms": "2000"}
FORGET_SECONDS = 240
REPEATED = r"^alumnibus_consumer_repeated_total{.*} (.*)$"


async def outlast_offsets(stage: Stage) -> None:
    """A consumer is away until Kafka has forgotten its group's offsets, under load: it goes on from its positions,
    and reads nothing again."""
    writer, reader = await stage.start_both()
    async with stage.under_load(writer):
        await eventually(lambda: count_offsets(stage))
        async with stage.inject_fault("offline past the offsets' retention"):
            await reader.stop()
            await eventually(lambda: no_offsets_left(stage), seconds=FORGET_SECONDS)
            waiting = await stage.pool.fetchval(
                "SELECT (SELECT count(*) FROM entry) - (SELECT count(*) FROM effect)"
            )
            stage.measurements["messages that waited"] = waiting
            await reader.start_and_wait()
        assert await count_repeats(reader) == 0, "messages were read again"


async def count_offsets(stage: Stage) -> int:
    """How many offsets Kafka remembers of the consumer's group."""
    admin = AIOKafkaAdminClient(**stage.kafka.client_options)
    await admin.start()
    try:
        return len(await admin.list_consumer_group_offsets(stage.kafka.topic_name(SCHEMA)))
    finally:
        await admin.close()


async def count_repeats(reader: Process) -> float:
    """How many messages the consumer has dropped as repeats since it was started."""
    async with httpx.AsyncClient(base_url=reader.base_url, timeout=5) as http:
        metrics = (await http.get("/metrics")).text
    return sum(float(number) for number in re.findall(REPEATED, metrics, re.MULTILINE))


async def no_offsets_left(stage: Stage) -> bool:
    return not await count_offsets(stage)


ROWS = (
    Row(28, "a group offline past its offsets' retention", outlast_offsets, True, kafka_settings=FORGETFUL),
)
