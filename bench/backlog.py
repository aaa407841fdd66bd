"""Backlogs: published for the naive contestant, and drained by any."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from bench import work
from bench.child import Child
from bench.environment import ContestSetup, Environment
from bench.meter import Meter
from shared.messaging.relay.producer import OutgoingRecord, PageProducer

PAGE = 1000
VERSIONS = 10


async def drain_backlog(
    setup: ContestSetup,
    environment: Environment,
    children: Mapping[str, Child],
    operation: str,
    messages: int,
) -> dict[str, Any]:
    """The first child begins, and all messages have their effects: effects a second, CPU in µs a message of each
    process and each server, and the processes' largest memory in MB."""
    await environment.connection.execute("CHECKPOINT")
    meter = Meter(setup, children)
    await meter.start()
    await next(iter(children.values())).call(operation)
    rate = await environment.wait_for_arrivals(messages)
    taken = await meter.cpu_per_piece(messages)
    memory = [round((await child.call("measure_usage"))["memory"]) for child in children.values()]
    return {"messages": messages, "rate": rate, "cpu": taken, "memory": memory}


async def publish_commands(environment: Environment, count: int) -> None:
    """Commands on their topic, as many as `count`."""
    await _publish_values(environment, work.COMMAND.name, lambda who, _: work.Command(member=who), count)


async def publish_cards(environment: Environment, count: int) -> None:
    """Cards on their topic, as many as `count`, which no owner has written."""
    await _publish_values(environment, work.CARD.name, work.build_card, count)


async def _publish_values(
    environment: Environment, topic: str, value: Callable[[UUID, int], Any], count: int
) -> None:
    sender = PageProducer(environment.kafka)
    for first in range(0, count, PAGE):
        numbers = range(first, min(first + PAGE, count))
        await sender.send_page(
            [_build_record(environment.kafka.topic_name(topic), number, value) for number in numbers]
        )
    await sender.close()


def _build_record(topic: str, number: int, value: Callable[[UUID, int], Any]) -> OutgoingRecord:
    who = work.member_id(number // VERSIONS)
    body = value(who, number % VERSIONS + 1).model_dump_json().encode()
    headers = [("content-type", b"application/json")]
    return OutgoingRecord(topic, str(who).encode(), body, headers, time.time_ns() // 1_000_000)
