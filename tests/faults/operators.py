"""Operators of the service: verbs of its command line, and what they do when a topic is not what it was."""

import itertools
from collections.abc import Sequence

from aiokafka import TopicPartition

from shared.messaging.consumer import positions
from shared.postgres.pool import transaction
from shared.testing.waiting import eventually
from tests.faults.probes import checks
from tests.faults.processes import Process
from tests.faults.service.entries import ACCOUNT, SCHEMA
from tests.faults.stage import Stage

VERB_SECONDS = 60.0
_numbers = itertools.count(1)


async def verb(stage: Stage, *words: str) -> str:
    """The last line of what a verb says. Raises AssertionError if it fails."""
    operator = stage.process(f"{words[0]}{next(_numbers)}", *words)
    operator.begin()
    code = await operator.ended(VERB_SECONDS)
    lines: Sequence[str] = operator.log.read_text("utf-8").splitlines()
    assert code == 0, f"{' '.join(words)} ended with {code}: {lines[-1:]}"
    return lines[-1] if lines else ""


async def alarmed(reader: Process, alarm: str) -> None:
    """Return when the consumer says that it stands still with this alarm."""

    async def told() -> bool:
        return alarm in (await checks(reader)).get("consumer", "")

    await eventually(told, seconds=60)


async def from_the_beginning(stage: Stage, reader: Process) -> None:
    """Let the consumer go on at the beginning of each partition: one by the operator's verb, the others by its deed."""
    topic = stage.kafka.topic_name(ACCOUNT.name)
    await reader.stop()
    await verb(stage, "position", "accept", topic, "0", "0")
    async with transaction(stage.pool) as tx:
        for partition in range(1, ACCOUNT.partitions):
            assert await positions.accept_offset(tx, SCHEMA, TopicPartition(topic, partition), 0)
    await reader.start()
