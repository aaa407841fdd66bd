"""Backlogs: put on topics for the naive contestant, and drained by any."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from bench import work
from bench.child import Child
from bench.ground import Ground, Stage
from bench.meter import Meter
from shared.messaging.relay.producer import OutgoingRecord, PageProducer

PAGE = 1000
VERSIONS = 10


async def drain(
    stage: Stage, ground: Ground, children: Mapping[str, Child], verb: str, messages: int
) -> dict[str, Any]:
    """The first child begins, and all messages have their effects: effects a second, CPU in µs a message of each
    process and each server, and the processes' largest memory in MB."""
    await ground.connection.execute("CHECKPOINT")
    meter = Meter(stage, children)
    await meter.begin()
    await next(iter(children.values())).ask(verb)
    rate = await ground.until(messages)
    taken = await meter.taken(messages)
    memory = [round((await child.ask("figures"))["memory"]) for child in children.values()]
    return {"messages": messages, "rate": rate, "cpu": taken, "memory": memory}


async def commands(ground: Ground, count: int) -> None:
    """Commands on their topic, as many as `count`."""
    await _put(ground, work.COMMAND.name, lambda who, _: work.Command(member=who), count)


async def cards(ground: Ground, count: int) -> None:
    """Cards on their topic, as many as `count`, which no owner has written."""
    await _put(ground, work.CARD.name, work.card, count)


async def _put(ground: Ground, topic: str, value: Callable[[UUID, int], Any], count: int) -> None:
    sender = PageProducer(ground.kafka)
    for first in range(0, count, PAGE):
        numbers = range(first, min(first + PAGE, count))
        await sender.send_page([_record(ground.kafka.topic_name(topic), number, value) for number in numbers])
    await sender.close()


def _record(topic: str, number: int, value: Callable[[UUID, int], Any]) -> OutgoingRecord:
    who = work.member(number // VERSIONS)
    body = value(who, number % VERSIONS + 1).model_dump_json().encode()
    headers = [("content-type", b"application/json")]
    return OutgoingRecord(topic, str(who).encode(), body, headers, time.time_ns() // 1_000_000)
