"""Records written by hand, as a foreign system would write them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

from shared.contracts.catalogue import Topic
from shared.messaging.kafka import Kafka, partition_of
from shared.testing.kafka import open_producer
from tests.shared.toy.tallies import TALLY

PARTITIONS = 3
# All that a record needs to be taken for its owner's.
OURS: Sequence[tuple[str, bytes | None]] = [("ce_source", TALLY.source.encode())]


class Foreign(NamedTuple):
    """One record; `key` and `value` are raw."""

    key: bytes
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def raised(key: str, version: int, *, id: UUID | None = None, **attributes: str) -> Foreign:
    """A right message in binary mode; `attributes` are added to, or replace, the CloudEvents attributes."""
    value = json.dumps({"tally": key, "version": version}).encode()
    return Foreign(key.encode(), value, binary(version, id=id, **attributes))


def gone(key: str, version: int) -> Foreign:
    """A tombstone."""
    return Foreign(key.encode(), None, binary(version, type="TallyGone"))


def binary(version: int, *, id: UUID | None = None, **attributes: str) -> list[tuple[str, bytes | None]]:
    """CloudEvents attributes as headers."""
    given = {"content-type": "application/json"}
    given |= {f"ce_{name}": value for name, value in _attributes(version, id, attributes).items()}
    return [(name, value.encode()) for name, value in given.items()]


def structured(key: str, version: int, **more: Any) -> Foreign:
    """The same in structured mode: one JSON document with attributes and data."""
    document = _attributes(version, None, {}) | {"data": {"tally": key, "version": version}} | more
    headers = [("content-type", b"application/cloudevents+json; charset=utf-8")]
    return Foreign(key.encode(), json.dumps(document).encode(), headers)


def _attributes(version: int, id: UUID | None, given: Mapping[str, str]) -> dict[str, str]:
    return {
        "specversion": "1.0",
        "id": str(id or uuid7()),
        "type": "TallyRaised",
        "source": TALLY.source,
        "sequence": f"{10**15 + version:020d}",
        "time": datetime.now(UTC).isoformat(),
        **given,
    }


async def write(
    kafka: Kafka, records: Sequence[Foreign], *, partition: int | None = None, topic: Topic = TALLY
) -> None:
    """Write these in order, each to the partition of its key, or all to one."""
    async with open_producer(kafka) as producer:
        for key, value, headers in records:
            await producer.send_and_wait(
                kafka.topic_name(topic.name),
                key=key,
                value=value,
                headers=headers,
                partition=partition_of(key, PARTITIONS) if partition is None else partition,
            )
