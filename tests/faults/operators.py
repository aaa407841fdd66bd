"""Operators of the service: commands of its command line, and what they do when a topic is not what it was."""

import itertools
from collections.abc import Sequence

from aiokafka import TopicPartition

from shared.messaging.consumer import positions
from shared.postgres.pool import transaction
from shared.testing.waiting import eventually
from tests.faults.probes import read_checks
from tests.faults.processes import Process
from tests.faults.service.entries import ACCOUNT, SCHEMA
from tests.faults.stage import Stage

COMMAND_SECONDS = 60.0
_numbers = itertools.count(1)


async def run_command(stage: Stage, *arguments: str) -> str:
    """Run a command; returns the last line of its output. Raises AssertionError if it fails."""
    operator = stage.add_process(f"{arguments[0]}{next(_numbers)}", *arguments)
    operator.start_process()
    code = await operator.wait_for_end(COMMAND_SECONDS)
    lines: Sequence[str] = operator.log.read_text("utf-8").splitlines()
    assert code == 0, f"{' '.join(arguments)} ended with {code}: {lines[-1:]}"
    return lines[-1] if lines else ""


async def wait_for_alarm(reader: Process, alarm: str) -> None:
    """Return when the consumer reports that it stands still with this alarm."""

    async def has_alarm() -> bool:
        return alarm in (await read_checks(reader)).get("consumer", "")

    await eventually(has_alarm, seconds=60)


async def accept_beginning(stage: Stage, reader: Process) -> None:
    """Let the consumer go on at each partition's beginning: one by the operator's command, the others by its effect."""
    topic = stage.kafka.topic_name(ACCOUNT.name)
    await reader.stop()
    await run_command(stage, "position", "accept", topic, "0", "0")
    async with transaction(stage.pool) as tx:
        for partition in range(1, ACCOUNT.partitions):
            assert await positions.accept_offset(tx, SCHEMA, TopicPartition(topic, partition), 0)
    await reader.start_and_wait()
