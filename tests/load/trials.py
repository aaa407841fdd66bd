"""The trials: each endpoint calm, with many clients, at twice and ten times its rate; silence; a flood of records."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.messaging.kafka import Kafka
from shared.testing.waiting import eventually
from tests.faults.platform.running import Platform
from tests.faults.platform.signed_in import HEADERS
from tests.faults.processes import Process
from tests.load import pressure
from tests.load.result import Result, build_result
from tests.load.watch import watching
from tests.load.wire import Wire

CLIENTS = 64
SILENT = 600
CONNECTIONS = 1500
CALM_CLIENTS = 4
FLOOD_SECONDS = 90.0


@dataclass(frozen=True)
class Endpoint:
    """What is asked most of a service, and by whom: `headers` are an operator's if no others."""

    service: str
    shown: str
    paths: Sequence[str]
    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)

    @property
    def name(self) -> str:
        return f"{self.service} `{self.shown}`"


async def try_endpoint(process: Process, endpoint: Endpoint, seconds: float) -> AsyncIterator[Result]:
    """What it bears, half of that, twice that, and ten times."""
    many = await _try_clients(process, endpoint, seconds)
    yield many
    calm = await _try_rate(process, endpoint, many.rate / 2, seconds, "half of it a second", None)
    yield calm
    for times in (2, 10):
        yield await _try_rate(
            process, endpoint, many.rate * times, seconds, f"{times} times as many a second", calm.p99
        )


async def _try_clients(process: Process, endpoint: Endpoint, seconds: float) -> Result:
    wire = Wire(process.port, endpoint.headers)
    async with watching(process) as watch:
        answers = await pressure.ask_in_turn(wire, endpoint.paths, CLIENTS, seconds)
    wire.close()
    return build_result(f"{endpoint.name}: {CLIENTS} clients", answers, seconds, watch)


async def _try_rate(
    process: Process, endpoint: Endpoint, rate: float, seconds: float, shown: str, calm_p99: float | None
) -> Result:
    wire = Wire(process.port, endpoint.headers)
    async with watching(process) as watch:
        answers = await pressure.ask_at_rate(wire, endpoint.paths, rate, seconds)
    wire.close()
    return build_result(f"{endpoint.name}: {shown}", answers, seconds, watch, calm_p99)


async def try_silence(process: Process, endpoint: Endpoint, seconds: float) -> Result:
    """Clients beside so many connections that stopped in the middle of what they say."""
    wire = Wire(process.port, endpoint.headers)
    async with watching(process) as watch, pressure.silent_connections(process.port, SILENT):
        answers = await pressure.ask_in_turn(wire, endpoint.paths, CALM_CLIENTS, seconds)
    wire.close()
    name = f"{endpoint.name}: {CALM_CLIENTS} clients beside {SILENT} silent connections"
    return build_result(name, answers, seconds, watch)


async def try_connections(process: Process, endpoint: Endpoint, seconds: float) -> Result:
    """More clients than a process keeps connections."""
    wire = Wire(process.port, endpoint.headers)
    async with watching(process) as watch:
        answers = await pressure.ask_in_turn(wire, endpoint.paths, CONNECTIONS, seconds)
    wire.close()
    return build_result(f"{endpoint.name}: {CONNECTIONS:,} clients", answers, seconds, watch)


async def try_flood(
    platform: Platform, endpoint: Endpoint, topic: str, consumer: str, records: int
) -> Result:
    """Clients while so many records come on a topic, all of them repeats, until the consumer has read them."""
    process, name = platform.services[endpoint.service], platform.kafka.topic_name(topic)
    wire, started = Wire(process.port, endpoint.headers), time.monotonic()
    async with watching(process) as watch:
        flood = asyncio.create_task(_flood_topic(platform, name, consumer, records))
        answers = []
        while not flood.done():
            answers += await pressure.ask_in_turn(wire, endpoint.paths, CALM_CLIENTS, 0.5)
        await flood
    wire.close()
    shown = f"{endpoint.name}: {CALM_CLIENTS} clients while {records:,} records come to `{topic}`"
    return build_result(shown, answers, time.monotonic() - started, watch)


async def _flood_topic(platform: Platform, topic: str, consumer: str, records: int) -> None:
    ends = await _repeat_records(platform.kafka, topic, records)

    async def is_read() -> bool:
        rows = await platform.pools[consumer].fetch(
            "SELECT partition, next FROM position WHERE topic = $1", topic
        )
        positions = {row["partition"]: row["next"] for row in rows}
        return all(positions.get(partition, 0) >= end for partition, end in ends.items() if end)

    await eventually(is_read, seconds=FLOOD_SECONDS)


async def _repeat_records(kafka: Kafka, topic: str, records: int) -> dict[int, int]:
    """Send what is on the topic again until so many are sent; returns where each partition then ends."""
    async with (
        AIOKafkaConsumer(topic, **kafka.client_options, auto_offset_reset="earliest") as consumer,
        AIOKafkaProducer(**kafka.client_options, linger_ms=20) as producer,
    ):
        found = []
        while batches := await consumer.getmany(timeout_ms=1000):
            found += [record for batch in batches.values() for record in batch]
        assert found, f"{topic} holds nothing that could be repeated"
        for record in itertools.islice(itertools.cycle(found), records):
            await producer.send(topic, record.value, record.key, record.partition, headers=[*record.headers])
        await producer.flush()
        ends = await consumer.end_offsets(consumer.assignment())
    return {part.partition: end for part, end in ends.items()}
