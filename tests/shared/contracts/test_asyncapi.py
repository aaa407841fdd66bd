"""The AsyncAPI documents: valid by the official schema, and true of the records that the relay writes."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from jsonschema_rs import Draft7Validator, ValidationError, validator_for

from shared.contracts.attributes import describe_headers
from shared.contracts.catalogue import ROLL, Topic, schema_file
from shared.contracts.json_schemas import EVERY, FOLDER, FOR_PARTNERS
from shared.messaging.message import build_headers
from shared.messaging.relay.segment_roll import build_records
from tests.shared.contracts.documented import Documents, read_schemas

# By https://github.com/asyncapi/spec-json-schemas (Apache-2.0), as the package @asyncapi/specs 6.11.1 has it.
OFFICIAL = json.loads((Path(__file__).parent / "asyncapi" / "3.0.0.json").read_bytes())
NAMES = ("asyncapi.json", "asyncapi.internal.json")
DOCUMENTS = {name: json.loads((FOLDER / name).read_bytes()) for name in NAMES}
FORMATS = validator_for(OFFICIAL)


def messages(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, channel in document["channels"].items():
        for message in channel["messages"].values():
            yield name, message


def row(topic: Topic, type: str, headers: str) -> Any:
    return {
        "topic": topic.name,
        "key": str(uuid4()),
        "type": type,
        "payload": None if type == topic.gone else "{}",
        "message_id": uuid4(),
        "at": datetime.now(UTC),
        "sequence": 3_000_000_000_000_001,
        "headers": headers,
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_valid_by_the_official_schema(name: str) -> None:
    FORMATS.validate(DOCUMENTS[name])


@pytest.mark.parametrize(
    "place",
    ["asyncapi", "servers.partners.protocol", "channels.events.offer.v1.bindings.kafka.bindingVersion"],
)
def test_the_official_schema_finds_what_is_wrong(place: str) -> None:
    broken = deepcopy(DOCUMENTS["asyncapi.json"])
    part, _, last = place.replace("events.offer.v1", "events-offer-v1").rpartition(".")
    inside = broken
    for step in filter(None, part.split(".")):
        inside = inside[step.replace("-", ".")]
    inside[last] = 7

    with pytest.raises(ValidationError):
        FORMATS.validate(broken)


def test_partners_are_told_of_their_topics_and_of_no_others() -> None:
    assert set(DOCUMENTS["asyncapi.json"]["channels"]) == {topic.name for topic in FOR_PARTNERS}
    assert set(DOCUMENTS["asyncapi.internal.json"]["channels"]) == {topic.name for topic in EVERY}
    assert "given_name" not in (FOLDER / "asyncapi.json").read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_each_reference_leads_to_something_in_the_document_or_beside_it(name: str) -> None:
    for reference in find_references(DOCUMENTS[name]):
        if not reference.startswith("#"):
            assert (FOLDER / reference).is_file(), reference
            continue
        inside = DOCUMENTS[name]
        rest = reference.removeprefix("#/").split("/")
        for step in rest:
            inside = inside[step]


def find_references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for inner in part.values():
            yield from find_references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from find_references(inner)


@pytest.mark.parametrize("name", NAMES)
def test_each_example_is_a_record_as_the_document_describes_it(name: str) -> None:
    documents = Documents(DOCUMENTS[name], read_schemas())
    shown = 0
    for channel, message in messages(DOCUMENTS[name]):
        for example in message.get("examples", []):
            headers = [(name, value.encode()) for name, value in example["headers"].items()]
            value = json.dumps(example["payload"]).encode()
            assert (
                list(
                    documents.find_faults(channel, headers, example["headers"]["ce_subject"].encode(), value)
                )
                == []
            )
            shown += 1
    assert shown >= len(DOCUMENTS[name]["channels"])


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_what_the_relay_writes_is_documented(topic: Topic) -> None:
    inside = {"ce_correlationid": "a", "ce_causationid": "b", "traceparent": "c"}
    for type in topic.types:
        described = describe_headers(topic, type)
        for given in ({}, {"ce_restored": "1"} | (inside if topic.audience == "internal" else {})):
            written = build_headers(
                row(topic, type, json.dumps(given)), topic.source, "https://alumni.example"
            )
            headers = {name: value.decode() for name, value in written}
            validator_for(described, validate_formats=True).validate(headers)
            assert headers.keys() <= described["properties"].keys()


def test_a_record_that_tells_nothing_is_documented() -> None:
    documents = Documents(DOCUMENTS["asyncapi.internal.json"], read_schemas())
    personal = [topic for topic in EVERY if topic.personal and topic.kind == "state"]
    for topic in personal:
        for _, key, value, headers, _ in build_records(topic.name, 2):
            assert list(documents.find_faults(topic.name, headers, key, value)) == []
    assert {name for name, message in messages(documents.document) if message["name"] == ROLL} == {
        topic.name for topic in personal
    }


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_a_schema_says_the_same_to_tools_that_read_draft_7(topic: Topic) -> None:
    """AsyncAPI's schemas are a superset of draft 7, and its tools know no later one."""
    schema = json.loads((FOLDER / schema_file(topic.name)).read_bytes())
    later = {
        "prefixItems",
        "dependentRequired",
        "dependentSchemas",
        "unevaluatedProperties",
        "unevaluatedItems",
    }

    Draft7Validator({name: value for name, value in schema.items() if name not in ("$schema", "$id")})
    assert not later & set(find_keywords(schema))


def find_keywords(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from part
        for inner in part.values():
            yield from find_keywords(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from find_keywords(inner)
