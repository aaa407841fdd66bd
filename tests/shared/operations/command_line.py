"""An operator at the command line of a service that may be running beside."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from typer.testing import CliRunner

from services.members.mandates import operators
from services.notifications.deliveries.commands import held
from shared.contracts.catalogue import Topic
from shared.messaging.kafka import Kafka
from shared.messaging.message import Message
from shared.messaging.relay.segment_roll import is_roll
from shared.operations.command_line import command_line
from shared.postgres.pool import Pool
from shared.runtime.service import Service
from shared.testing.kafka import Record, open_producer, read_records

OWN = {"notifications": {"held": held}, "members": {"operators": operators.app}}
Newest: TypeAlias = dict[tuple[str, str], tuple[bytes | None, str]]


async def said(
    service: Service,
    *words: str,
    environment: Mapping[str, str | None] | None = None,
    answer: str | None = None,
) -> tuple[int, str]:
    """The exit code of a command in this environment besides the process's, and what the operator reads; `answer` is
    typed in where it asks."""
    runner = CliRunner(env={"ALUMNIBUS_DATABASE": service.settings.database, **(environment or {})})
    app = command_line(service, lambda: service, OWN.get(service.name))
    result = await asyncio.to_thread(runner.invoke, app, words, answer)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


async def told(kafka: Kafka, topic: Topic) -> list[Record]:
    """The records of a topic that tell something."""
    return [record for record in await read_records(kafka, topic.name) if not is_roll(record)]


async def newest(kafka: Kafka, topics: Sequence[Topic]) -> Newest:
    """The last record of each key: by topic and key its data and its sequence."""
    return {
        (topic.name, record.key.decode()): (record.value, dict(record.headers)["ce_sequence"].decode())
        for topic in topics
        for record in await told(kafka, topic)
    }


async def publish(kafka: Kafka, topic: Topic, messages: Sequence[Message[Any]]) -> None:
    """Messages as their owner's relay sends them, in this order for each key."""
    async with open_producer(kafka) as producer:
        for message in messages:
            headers = {
                "ce_specversion": "1.0",
                "ce_id": str(message.id),
                "ce_source": topic.source,
                "ce_type": message.type,
                "ce_sequence": f"{message.sequence:020d}",
                "ce_correlationid": message.correlation_id,
            }
            await producer.send(
                kafka.topic_name(topic.name),
                key=message.key.encode(),
                value=message.data and message.data.model_dump_json().encode(),
                headers=[(name, value.encode()) for name, value in headers.items()],
            )
        await producer.flush()


async def rows(pool: Pool, table: str) -> list[tuple[Any, ...]]:
    """All rows of a table, in the order of its first column."""
    return [tuple(row.values()) for row in await pool.fetch(f"SELECT * FROM {table} ORDER BY 1")]


async def waiting(pool: Pool, kafka: Kafka, topic: Topic) -> int:
    """How many records of a topic the consumer hasn't passed yet."""
    passed = await pool.fetchval(
        "SELECT coalesce(sum(next), 0) FROM position WHERE topic = $1", kafka.topic_name(topic.name)
    )
    return len(await read_records(kafka, topic.name)) - int(passed)
