"""Every record passes the official SDKs of CloudEvents, and says there what was put into the outbox."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from structlog.contextvars import bound_contextvars

from deploy.kafka.client_files import write_files
from shared import contracts
from shared.contracts.catalogue import TOPICS, Topic, locate_schema, outbound, source_of
from shared.messaging.kafka import Kafka
from shared.messaging.message import published_time
from shared.messaging.outbox import Outgoing, put_all, unsent_seconds
from shared.messaging.relay.relay import Relay
from shared.postgres.pool import open_pool, transaction
from shared.testing.kafka import MakeTopics, read_records
from shared.testing.waiting import eventually
from tests.cloud_events import read_event
from tests.partner.java import read_by_java
from tests.partner.node import read_by_node

EXAMPLES = Path(contracts.__path__[0]) / "examples"
ORIGIN = "https://alumni.example"
EVERY = (*TOPICS, outbound("organisation"))


@pytest.fixture
async def sent(dsns: Mapping[str, str], kafka: Kafka, make_topics: MakeTopics) -> list[Any]:
    """What a reader is to tell of every example of the catalogue, and of everything that is gone, which went out."""
    await make_topics(EVERY)
    told = await asyncio.gather(*(send_all(service, dsn, kafka) for service, dsn in dsns.items()))
    return sort_told(entry for entries in told for entry in entries)


async def send_all(service: str, dsn: str, kafka: Kafka) -> list[Any]:
    outgoing = [message for topic in EVERY if topic.owner == service for message in build_messages(topic)]
    async with await open_pool(dsn, service) as pool:
        with bound_contextvars(correlation_id="of-one-request", restored="1"):
            async with transaction(pool) as tx:
                await put_all(tx, outgoing)
        relay = asyncio.create_task(Relay(dsn, service, kafka, origin=ORIGIN).run())

        async def all_is_sent() -> bool:
            async with transaction(pool) as tx:
                return await unsent_seconds(tx) == 0

        await eventually(all_is_sent)
        relay.cancel()
        with suppress(asyncio.CancelledError):
            await relay
        return [describe_row(row, kafka) for row in await pool.fetch("SELECT * FROM outbox")]


def build_messages(topic: Topic) -> Iterator[Outgoing]:
    for version, file in enumerate(sorted((EXAMPLES / topic.name).glob("*.json")), 1):
        data = topic.model.model_validate_json(file.read_text())
        yield Outgoing(topic, f"key-{version}-ü", file.name.partition(".")[0], version, data)
    if topic.gone:
        yield Outgoing(topic, "key-of-what-is-gone", topic.gone, 1, None)


def describe_row(row: asyncpg.Record, kafka: Kafka) -> Any:
    place = {"topic": kafka.topic_name(row["topic"]), "key": row["key"]}
    if row["payload"] is None:
        return place | {"gone": row["type"]}
    own = {name.removeprefix("ce_"): value for name, value in json.loads(row["headers"]).items()}
    return place | {
        "event": own
        | {
            "specversion": "1.0",
            "id": str(row["message_id"]),
            "type": row["type"],
            "source": source_of(row["topic"].partition(".")[0]),
            "subject": row["key"],
            "time": write_time(published_time(row)),
            "sequence": f"{row['sequence']:020d}",
            "partitionkey": row["key"],
            "dataschema": locate_schema(ORIGIN, row["topic"]),
            "datacontenttype": "application/json",
            "data": json.loads(row["payload"]),
        }
    }


async def read_by_python(kafka: Kafka, topics: Sequence[Topic]) -> list[Any]:
    records = [record for topic in topics for record in await read_records(kafka, topic.name)]
    return [describe_record(record) for record in records]


def describe_record(record: Any) -> Any:
    event = read_event(record.headers, record.key, record.value)
    place = {"topic": record.topic, "key": record.key.decode()}
    if event.get_data() is None:
        return place | {"gone": event.get_type()}
    attributes = event.get_attributes()
    return place | {"event": attributes | {"time": write_time(attributes["time"]), "data": event.get_data()}}


def write_time(moment: datetime) -> str:
    """To the millisecond, which is what JavaScript's times hold."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def shorten_time(entry: Any) -> Any:
    """Java writes microseconds."""
    if "event" in entry:
        entry["event"]["time"] = write_time(datetime.fromisoformat(entry["event"]["time"]))
    return entry


def sort_told(told: Any) -> list[Any]:
    return sorted(told, key=lambda entry: (entry["topic"], entry["key"]))


async def test_each_sdk_tells_of_every_record_what_was_put_into_the_outbox(
    kafka: Kafka, sent: list[Any], tmp_path: Path
) -> None:
    names = [kafka.topic_name(topic.name) for topic in EVERY]
    write_files(tmp_path, kafka)
    by_python, by_node, by_java = await asyncio.gather(
        read_by_python(kafka, EVERY),
        read_by_node(tmp_path, f"{kafka.prefix}reader", names),
        read_by_java(tmp_path, names),
    )

    assert sort_told(by_python) == sent
    assert sort_told(by_node) == sent
    assert sort_told(map(shorten_time, by_java)) == sent
