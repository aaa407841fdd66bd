"""A log topic whose retention passes its consumer by: an alarm, and no step further without an operator."""

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


async def outlast_retention(stage: Stage) -> None:
    """Retention passes by a consumer that is away, and one that stands still. Both say so and read no further, while
    more records come; when an operator has accepted the loss they go on, and what had no effect is exactly what the
    operator accepted. At the end each account gets an entry, whose effect must come."""
    writer, reader = (
        stage.add_writer(),
        stage.add_process("reader", "serve", "--only=consumers", program=LOGGED),
    )
    await writer.start_and_wait()
    await reader.start_and_wait()
    accepted = 0
    async with stage.under_load(writer):
        await stage.wait_until_settled()
        await reader.stop()
        await let_retention_pass(stage)
        reader.start_process()
        accepted += await accept_after_alarm(stage, reader, "passed by while it was away")
        reader.pause()
        await let_retention_pass(stage)
        reader.resume()
        accepted += await accept_after_alarm(stage, reader, "passed by while it stood still")
    stage.compacted = True
    await stage.enter_values(
        *[row["account"] for row in await stage.pool.fetch("SELECT account FROM bank_account")]
    )
    await eventually(lambda: is_quiet(stage), seconds=60)
    without = await stage.pool.fetchval(WITHOUT_EFFECT)
    stage.measurements["messages that retention took, as accepted"] = accepted
    assert without == accepted, f"{without} messages had no effect, {accepted} were accepted as lost"


async def let_retention_pass(stage: Stage) -> None:
    """Return when each partition lacks records that the consumer hasn't seen."""
    async with retention.short_retention(stage.kafka):
        await eventually(lambda: all_passed(stage), seconds=90)


async def all_passed(stage: Stage) -> bool:
    positions, first = await stored_positions(stage), await retention.first_offsets(stage.kafka)
    return all(first[partition] > following for partition, following in positions.items())


async def accept_after_alarm(stage: Stage, reader: Process, name: str) -> int:
    """The alarm is there and the positions stand while records come, until an operator accepts; then the consumer
    catches up. Returns how many records were accepted as lost."""
    await eventually(lambda: all_stopped(reader), seconds=60)
    before = await stored_positions(stage)
    ends = await findings.end_offsets(stage.kafka)
    await eventually(lambda: all_beyond(stage, ends))
    assert await stored_positions(stage) == before, "a position moved without an operator"
    assert "position.stop.alarm" in reader.log.read_text("utf-8"), "the log has no alarm"
    first = await retention.first_offsets(stage.kafka)
    await accept_positions(stage, first)
    await reader.stop()
    await reader.start_and_wait()
    begun = time.monotonic()
    await eventually(lambda: caught_up(stage), seconds=60)
    stage.recoveries[name] = time.monotonic() - begun
    return sum(first[partition] - following for partition, following in before.items())


async def all_stopped(reader: Process) -> bool:
    """Whether `/readyz/all` refuses, with the reason, and `/metrics` shows that every partition is stopped."""
    try:
        async with httpx.AsyncClient(base_url=reader.base_url, timeout=5) as http:
            ready, metrics = await http.get("/readyz/all"), await http.get("/metrics")
    except httpx.TransportError:
        return False
    return ready.status_code == 503 and ALARM in ready.text and bool(STOPPED.search(metrics.text))


async def all_beyond(stage: Stage, ends: dict[int, int]) -> bool:
    """Whether records have come to every partition since it ended there."""
    now = await findings.end_offsets(stage.kafka)
    return all(now[partition] > end for partition, end in ends.items())


async def accept_positions(stage: Stage, first: dict[int, int]) -> None:
    """The operator's command for one partition, and its effect for the others."""
    (first_partition, following), *others = first.items()
    name = stage.kafka.topic_name(ACCOUNT.name)
    arguments = ("position", "accept", name, str(first_partition), str(following))
    operator = stage.add_process("operator", *arguments, program=LOGGED)
    operator.start_process()
    assert await operator.wait_for_end() == 0, f"the position was not accepted; the log is {operator.log}"
    async with transaction(stage.pool) as tx:
        for partition, following in others:
            assert await positions.accept_offset(tx, SCHEMA, TopicPartition(name, partition), following)


async def stored_positions(stage: Stage) -> dict[int, int]:
    """The position in each partition."""
    rows = await stage.pool.fetch("SELECT partition, next FROM position")
    return {row["partition"]: row["next"] for row in rows}


async def caught_up(stage: Stage) -> bool:
    """Whether no more waits than comes in half a second."""
    positions, ends = await stored_positions(stage), await findings.end_offsets(stage.kafka)
    return sum(ends.values()) - sum(positions.values()) <= RATE / 2


async def is_quiet(stage: Stage) -> bool:
    return not await findings.find_unfinished(stage.pool, stage.kafka)


ROWS = (
    Row(
        29,
        "a log's retention passes its consumer by",
        outlast_retention,
        True,
        kafka_settings=retention.QUICK,
    ),
)
