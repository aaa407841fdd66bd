"""Every record is a CloudEvent, as the official SDK reads it, and names a schema that its data fits."""

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from jsonschema_rs import validator_for

from shared.contracts.catalogue import TOPICS, Topic, outbound
from shared.contracts.json_schemas import EVERY, EXAMPLES, describe_data
from shared.messaging.message import build_headers
from shared.messaging.relay.segment_roll import build_records
from tests.cloud_events import read_event

BY_NAME = {topic.name: topic for topic in EVERY}
EACH = [(path.parent.name, path.name.partition(".")[0], path) for path in sorted(EXAMPLES.glob("*/*.json"))]
ORIGIN = "https://alumni.example"
BY_URI = {schema["$id"]: schema for schema in (describe_data(topic, ORIGIN) for topic in EVERY)}
KEY = str(uuid4())


def write_headers(topic: str, type: str, payload: str | None) -> list[tuple[str, bytes]]:
    row = {
        "topic": topic,
        "key": KEY,
        "type": type,
        "payload": payload,
        "message_id": uuid4(),
        "at": datetime.now(UTC),
        "sequence": 3_000_000_000_000_001,
        "headers": '{"ce_correlationid": "of-a-request", "ce_restored": "1"}',
    }
    return build_headers(row, "/alumnibus/events", ORIGIN)  # type: ignore[arg-type]


@pytest.mark.parametrize(("topic", "type", "example"), EACH, ids=lambda part: str(part).rpartition("/")[2])
def test_a_record_is_an_event_and_its_schema_is_the_one_that_it_names(
    topic: str, type: str, example: Path
) -> None:
    payload = example.read_text()

    event = read_event(write_headers(topic, type, payload), KEY.encode(), payload.encode())

    assert (event.get_type(), event.get_subject(), event.get_data()) == (type, KEY, json.loads(payload))
    assert BY_URI[event.get_dataschema()]["title"] == BY_NAME[topic].model.__name__
    validator_for(BY_URI[event.get_dataschema()]).validate(event.get_data())


@pytest.mark.parametrize("topic", [topic for topic in TOPICS if topic.gone], ids=lambda topic: topic.name)
def test_a_tombstone_is_an_event_without_data(topic: Topic) -> None:
    event = read_event(write_headers(topic.name, topic.gone, None), KEY.encode(), None)

    assert (event.get_type(), event.get_subject(), event.get_data()) == (topic.gone, KEY, None)
    assert event.get_datacontenttype() is None


def test_a_record_that_tells_nothing_is_an_event_as_well() -> None:
    for _, key, _, headers, _ in build_records("members.profile.v1", 3):
        assert read_event(headers, key, None).get_data() is None


def test_the_schema_of_each_organisations_topic_is_the_same() -> None:
    assert dict(write_headers(outbound("giz").name, "NotificationReady", "{}"))["ce_dataschema"] == (
        b"https://alumni.example/schemas/notifications.outbound.organisation.v1.json"
    )
