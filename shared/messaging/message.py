"""A message as its handler sees it, and as it travels: CloudEvents 1.0, binary mode out, both modes in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

import asyncpg
from aiokafka import ConsumerRecord
from pydantic import ValidationError

from shared.contracts.catalogue import ANONYMOUS, Topic, locate_schema
from shared.contracts.model import Contract
from shared.messaging.claims import RefusedRecord, check_claims, check_identity, check_sequence
from shared.traces.spans import HEADER, read_traceparent

T = TypeVar("T", bound=Contract)
Headers = list[tuple[str, bytes]]
STRUCTURED = b"application/cloudevents+json"
ATTRIBUTES_READ = ("id", "type", "source", "subject", "sequence", "correlationid", "restored")
# What marks a message that a restore brought back, or what came of it.
RESTORED = ("ce_restored", b"1")
MAX_SEQUENCE = 2**63 - 1


class Unreadable(Exception):
    """A record that is no message of its topic: not CloudEvents, or against the schema."""


@dataclass(frozen=True, slots=True)
class Message(Generic[T]):
    """One message. `data` is None for a tombstone: the aggregate is gone.

    `sequence` rises with each change of the aggregate (generation, then version), so of two messages with the
    same key the higher one is the newer truth.

    `restored`: a restore brought it back. This service may have applied it before its own database was restored, or it
    says what the restore of another left. It is true, but nobody outside is to hear of it as of something new.

    `traceparent` is the span that it came of, where it belongs to a trace.
    """

    id: UUID
    type: str
    key: str
    sequence: int
    time: datetime
    data: T | None
    correlation_id: str
    restored: bool = False
    traceparent: str | None = None

    @property
    def trail(self) -> dict[str, str]:
        """What is bound while what comes of it is done: the request that it goes back to, and its trace."""
        return {"correlation_id": self.correlation_id} | (
            {HEADER: self.traceparent} if self.traceparent else {}
        )


def published_time(row: asyncpg.Record) -> datetime:
    """When an outbox row was written, as its message says it (UTC): on anonymous topics the day, and no more."""
    moment: datetime = row["at"]
    if row["topic"] in ANONYMOUS:
        return moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return moment


def build_headers(row: asyncpg.Record, source: str, origin: str) -> Headers:
    """The CloudEvents attributes of one outbox row; its time is in UTC. `origin` is where its schema is read."""
    key = row["key"].encode()
    made = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(row["message_id"]).encode()),
        ("ce_type", row["type"].encode()),
        ("ce_source", source.encode()),
        ("ce_subject", key),
        ("ce_time", published_time(row).isoformat().replace("+00:00", "Z").encode()),
        ("ce_sequence", b"%020d" % row["sequence"]),
        ("ce_partitionkey", key),
        ("ce_dataschema", locate_schema(origin, row["topic"]).encode()),
    ]
    if row["headers"] != "{}":
        made += [(name, value.encode()) for name, value in json.loads(row["headers"]).items()]
    if row["payload"] is not None:
        made.append(("content-type", b"application/json"))
    return made


def parse_message(topic: Topic, record: "ConsumerRecord[bytes, bytes]") -> Message[Any]:
    """The message in a record of `topic`. Raises `RefusedRecord` for what the topic's owner can't have sent,
    `Unreadable` for what else is no message; neither names a value of the record."""
    try:
        attributes, payload = _split_or_refuse(topic, record)
        check_claims(topic, record, attributes, gone=payload is None)
        message: Message[Any] = Message(
            id=_message_id(record, attributes.get("source", ""), attributes.get("id", "")),
            type=attributes.get("type", ""),
            key=(record.key or b"").decode(),
            sequence=int(attributes["sequence"]),
            time=datetime.fromtimestamp(record.timestamp / 1000, UTC),
            data=None if payload is None else topic.model.model_validate_json(payload),
            correlation_id=attributes.get("correlationid", ""),
            restored="restored" in attributes,
            traceparent=read_traceparent(dict(record.headers).get(HEADER)),
        )
        check_sequence(topic, message.sequence, gone=message.data is None)
        if message.data is not None:
            check_identity(topic, message.key, message.data)
        return message
    except ValidationError as error:
        fields = sorted({".".join(str(part) for part in e["loc"]) or e["type"] for e in error.errors()})
        raise Unreadable(f"against the schema of {topic.name}: {', '.join(fields)}") from None
    except KeyError as error:
        raise Unreadable(f"without the CloudEvents attribute {error.args[0]}") from None
    except UnicodeDecodeError:
        raise Unreadable("a header or the key is not UTF-8") from None
    except (ValueError, TypeError) as error:
        raise Unreadable(f"not CloudEvents: {type(error).__name__}") from None


def _split_or_refuse(
    topic: Topic, record: "ConsumerRecord[bytes, bytes]"
) -> tuple[Mapping[str, str], bytes | None]:
    try:
        return _split_record(record)
    except (ValueError, TypeError, KeyError, RecursionError):
        if dict(record.headers).get("ce_source") == topic.source.encode():
            raise
    raise RefusedRecord("nothing tells its source")


def mark_restored(record: "ConsumerRecord[bytes, bytes]") -> "ConsumerRecord[bytes, bytes]":
    """The same record as one that a restore brought back."""
    return replace(record, headers=(*record.headers, RESTORED))


def fallback_id(record: "ConsumerRecord[bytes, bytes]") -> UUID:
    """The id of a record that can't be read: the UUID in `ce_id`, else one made of topic, partition and offset."""
    own = dict(record.headers).get("ce_id") or b""
    return _message_id(record, "", own.decode("ascii", "ignore"))


def _message_id(record: "ConsumerRecord[bytes, bytes]", source: str, own: str) -> UUID:
    try:
        return UUID(own)
    except ValueError:
        coordinates = f"{record.topic}/{record.partition}/{record.offset}"
        return uuid5(NAMESPACE_URL, f"{source} {own}" if source and own else coordinates)


def _split_record(record: "ConsumerRecord[bytes, bytes]") -> tuple[Mapping[str, str], bytes | None]:
    received = dict(record.headers)
    for value in received.values():
        if value is not None:
            value.decode()
    if (received.get("content-type") or b"").startswith(STRUCTURED) and record.value is not None:
        return _split_structured(record.value)
    found = ((name, received.get("ce_" + name)) for name in ATTRIBUTES_READ)
    return {name: value.decode() for name, value in found if value is not None}, record.value


def _split_structured(value: bytes) -> tuple[dict[str, str], bytes]:
    document = json.loads(value)
    if not isinstance(document, dict):
        raise ValueError("a structured message is an object")
    data = json.dumps(document.pop("data")).encode()
    return {name: str(content) for name, content in document.items()}, data
