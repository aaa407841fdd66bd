"""A log topic whose retention passes its consumer by: an alarm, and no step further without an operator's word."""

import re
import time

import httpx
from aiokafka import TopicPartition

from shared.messaging.consumer import positions
from shared.postgres.pool import transaction
from shared.testing.waiting import eventually
from tests.faults import findings, retention
from tests.faults.processes import Process
from tests.faults.row import Row
from tests.faults.service.entries import ACCOUNT, SCHEMA
from tests.faults.stage import RATE, Stage

LOGGED = ("tests.faults.logged",)
ALARM = "retention passed by"
STOPPED = re.compile(rf"^alumnibus_consumer_stopped_partitions.* {ACCOUNT.partitions}\.0$", re.MULTILINE)
WITHOUT_EFFECT = """
SELECT count(*) FROM entry e WHERE NOT EXISTS (SELECT FROM effect WHERE effect.value = e.value)"""


async def passed_by(stage: Stage) -> None:
    """Retention passes by a consumer that is away, and one that stands still. Both say so and read no further, while
    more records come; when an operator has accepted the loss they go on, and what had no effect is exactly what the
    operator accepted. At the end each account gets an entry, whose effect must come."""
    writer, reader = stage.writer(), stage.process("reader", "serve", "--only=consumers", program=LOGGED)
    await writer.start()
    await reader.start()
    accepted = 0
    async with stage.load(writer):
        await stage.settle()
        await reader.stop()
        await pass_by(stage)
        reader.begin()
        accepted += await alarmed_and_accepted(stage, reader, "passed by while it was away")
        reader.pause()
        await pass_by(stage)
        reader.resume()
        accepted += await alarmed_and_accepted(stage, reader, "passed by while it stood still")
    stage.compacted = True
    await stage.enter(*[row["account"] for row in await stage.pool.fetch("SELECT account FROM account")])
    await eventually(lambda: quiet(stage), seconds=60)
    without = await stage.pool.fetchval(WITHOUT_EFFECT)
    stage.figures["messages that retention took, as accepted"] = accepted
    assert without == accepted, f"{without} messages had no effect, {accepted} were accepted as lost"


async def pass_by(stage: Stage) -> None:
    """Return when each partition lacks records that the consumer hasn't seen."""
    async with retention.short(stage.kafka):
        await eventually(lambda: all_passed(stage), seconds=90)


async def all_passed(stage: Stage) -> bool:
    positions, first = await stored(stage), await retention.beginnings(stage.kafka)
    return all(first[partition] > following for partition, following in positions.items())


async def alarmed_and_accepted(stage: Stage, reader: Process, name: str) -> int:
    """The alarm is there and the positions stand while records come, until an operator accepts; then the consumer
    catches up. Returns how many records were accepted as lost."""
    await eventually(lambda: all_stopped(reader), seconds=60)
    before = await stored(stage)
    ends = await findings.end_offsets(stage.kafka)
    await eventually(lambda: all_beyond(stage, ends))
    assert await stored(stage) == before, "a position moved without an operator's word"
    assert "position.stop.alarm" in reader.log.read_text("utf-8"), "the log has no alarm"
    first = await retention.beginnings(stage.kafka)
    await accept(stage, first)
    await reader.stop()
    await reader.start()
    begun = time.monotonic()
    await eventually(lambda: caught_up(stage), seconds=60)
    stage.recoveries[name] = time.monotonic() - begun
    return sum(first[partition] - following for partition, following in before.items())


async def all_stopped(reader: Process) -> bool:
    """Whether `/readyz` says no, and why, and `/metrics` that every partition is stopped."""
    try:
        async with httpx.AsyncClient(base_url=reader.door, timeout=5) as http:
            ready, figures = await http.get("/readyz"), await http.get("/metrics")
    except httpx.TransportError:
        return False
    return ready.status_code == 503 and ALARM in ready.text and bool(STOPPED.search(figures.text))


async def all_beyond(stage: Stage, ends: dict[int, int]) -> bool:
    """Whether records have come to every partition since it ended there."""
    now = await findings.end_offsets(stage.kafka)
    return all(now[partition] > end for partition, end in ends.items())


async def accept(stage: Stage, first: dict[int, int]) -> None:
    """The operator's verb, said for one partition as an operator would say it, and done for the others."""
    (spoken, following), *others = first.items()
    name = stage.kafka.topic_name(ACCOUNT.name)
    words = ("position", "accept", name, str(spoken), str(following))
    operator = stage.process("operator", *words, program=LOGGED)
    operator.begin()
    assert await operator.ended() == 0, f"the position was not accepted; the log is {operator.log}"
    async with transaction(stage.pool) as tx:
        for partition, following in others:
            assert await positions.accept_offset(tx, SCHEMA, TopicPartition(name, partition), following)


async def stored(stage: Stage) -> dict[int, int]:
    """The position in each partition."""
    rows = await stage.pool.fetch("SELECT partition, next FROM position")
    return {row["partition"]: row["next"] for row in rows}


async def caught_up(stage: Stage) -> bool:
    """Whether no more waits than comes in half a second."""
    positions, ends = await stored(stage), await findings.end_offsets(stage.kafka)
    return sum(ends.values()) - sum(positions.values()) <= RATE / 2


async def quiet(stage: Stage) -> bool:
    return not await findings.standing(stage.pool, stage.kafka)


ROWS = (Row(29, "a log's retention passes its consumer by", passed_by, True, kafka_settings=retention.QUICK),)
