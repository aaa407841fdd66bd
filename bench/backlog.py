"""Backlogs: put on topics for the naive contestant, and drained by any."""

import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from bench import cpu, work
from bench.child import Child
from bench.ground import Ground, Stage
from shared.messaging.sender import Record, Sender

PAGE = 1000
VERSIONS = 10


async def drain(
    stage: Stage, ground: Ground, children: Sequence[Child], verb: str, messages: int
) -> dict[str, Any]:
    """The first child begins, and all messages have their effects: effects a second, CPU in µs a message of each
    process and each server, and the processes' largest memory in MB."""
    await ground.connection.execute("CHECKPOINT")
    before = [await child.ask("figures") for child in children]
    servers = _servers(stage)
    await children[0].ask(verb)
    rate = await ground.until(messages)
    after = [await child.ask("figures") for child in children]
    taken = [now["cpu"] - then["cpu"] for now, then in zip(after, before, strict=True)]
    served = {name: seconds - servers[name] for name, seconds in _servers(stage).items()}
    return {
        "messages": messages,
        "rate": rate,
        "cpu": [seconds / messages * 1e6 for seconds in taken],
        "servers": {name: seconds / messages * 1e6 for name, seconds in served.items()},
        "memory": [round(now["memory"]) for now in after],
    }


def _servers(stage: Stage) -> dict[str, float]:
    """The CPU seconds of the servers that are ours."""
    own, brokers = stage.servers.own_postgres, stage.servers.kafka_processes
    taken = {"PostgreSQL": cpu.seconds(own.pid)} if own else {}
    return taken | ({"Kafka": sum(cpu.seconds(broker.pid) for broker in brokers)} if brokers else {})


async def commands(ground: Ground, count: int) -> None:
    """Commands on their topic, as many as `count`."""
    await _put(ground, work.COMMAND.name, lambda who, _: work.Command(member=who), count)


async def cards(ground: Ground, count: int) -> None:
    """Cards on their topic, as many as `count`, which no owner has written."""
    await _put(ground, work.CARD.name, work.card, count)


async def _put(ground: Ground, topic: str, value: Callable[[UUID, int], Any], count: int) -> None:
    sender = Sender(ground.kafka)
    for first in range(0, count, PAGE):
        numbers = range(first, min(first + PAGE, count))
        await sender.send([_record(ground.kafka.name(topic), number, value) for number in numbers])
    await sender.close()


def _record(topic: str, number: int, value: Callable[[UUID, int], Any]) -> Record:
    who = work.member(number // VERSIONS)
    body = value(who, number % VERSIONS + 1).model_dump_json().encode()
    headers = [("content-type", b"application/json")]
    return Record(topic, str(who).encode(), body, headers, time.time_ns() // 1_000_000)
