"""The AsyncAPI 3 document of the topics, as their reader sees them; payloads are the JSON Schemas beside it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.contracts.attributes import describe_headers, show_headers
from shared.contracts.catalogue import ROLL, Topic, schema_file
from shared.contracts.json_schemas import describe_key, read_examples

BINDING = {"bindingVersion": "0.5.0"}
# Where the examples' schemas are, which are read at each deployment's own address.
EXAMPLE_ORIGIN = "https://alumni.example.org"
ABOUT = """Each record is a CloudEvent (1.0) in binary mode: the attributes are headers, the value is JSON.

- A record without a value is a tombstone: the thing that its key names is gone.
- Of two records with the same key the one with the higher `ce_sequence` is the newer truth, in whatever order they
  come. The same `ce_id` twice is the same message.
- Topics that are compacted hold the full state of each key. Topics that are deleted by age hold each message for some
  days.
- Ignore fields and types that you don't know: more may come. Anything else would be a new topic."""


def describe_topics(topics: Sequence[Topic], *, version: int, title: str) -> dict[str, Any]:
    """The document of these topics; `version` is that of the changelog."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": str(version), "description": ABOUT, "license": _LICENCE},
        "defaultContentType": "application/json",
        "servers": {"partners": _SERVER},
        "channels": {topic.name: _describe_channel(topic) for topic in topics},
        "operations": {
            f"read_{topic.name.replace('.', '_')}": _describe_operation(topic) for topic in topics
        },
        "components": {"securitySchemes": {"credentials": _CREDENTIALS}},
    }


_LICENCE = {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
_CREDENTIALS = {
    "type": "scramSha512",
    "description": "Name and password that the operator gave to your organisation (SASL_SSL, SCRAM-SHA-512).",
}
_SERVER = {
    "host": "{bootstrap}",
    "protocol": "kafka-secure",
    "description": "Apache Kafka's listener for partners. TLS by a CA that comes with the credentials.",
    "variables": {
        "bootstrap": {
            "description": "host:port, as it stands in the `client.properties` that come with the credentials",
            "default": "localhost:9094",
        }
    },
    "security": [{"$ref": "#/components/securitySchemes/credentials"}],
}


def _describe_channel(topic: Topic) -> dict[str, Any]:
    address = topic.name
    described: dict[str, Any] = {"title": topic.title or topic.name, "description": _describe_kind(topic)}
    if topic.audience == "organisation":
        address = topic.name.replace(".organisation.", ".{organisation}.")
        parameter = {"description": "the organisation's name in addresses", "examples": ["giz"]}
        described["parameters"] = {"organisation": parameter}
    return {
        "address": address,
        **described,
        "servers": [{"$ref": "#/servers/partners"}],
        "messages": dict(_describe_messages(topic)),
        "tags": [{"name": topic.audience}, {"name": topic.kind}],
        "bindings": {"kafka": _bind_channel(topic)},
    }


def _describe_kind(topic: Topic) -> str:
    days = " Ids and times tell the day only; news go out in releases." if topic.anonymous else ""
    personal = " Personal data." if topic.personal else ""
    if topic.kind == "log":
        return f"{topic.about} Each message is kept for {topic.retention_days} days.{days}{personal}"
    return f"{topic.about} Compacted: the newest record of each key is kept.{days}{personal}"


def _bind_channel(topic: Topic) -> dict[str, Any]:
    settings = {
        name: [value] if name == "cleanup.policy" else int(value) for name, value in topic.settings.items()
    }
    return {"partitions": topic.partitions, "topicConfiguration": settings} | BINDING


def _describe_messages(topic: Topic) -> Iterator[tuple[str, dict[str, Any]]]:
    for type, meaning in topic.types.items():
        gone = type == topic.gone
        described: dict[str, Any] = {
            "name": type,
            "title": type,
            "summary": meaning,
            "contentType": "application/json",
            "headers": describe_headers(topic, type),
            "payload": _TOMBSTONE if gone else {"$ref": schema_file(topic.name)},
            "bindings": {"kafka": {"key": describe_key(topic)} | BINDING},
        }
        if not gone:
            described["examples"] = list(_show_examples(topic, type))
        yield type, described
    if topic.personal and topic.kind == "state":
        yield ROLL, _ROLL_MESSAGE


_TOMBSTONE = {"type": "null", "description": "A tombstone: the record has no value. The thing is gone."}
_ROLL_MESSAGE = {
    "name": ROLL,
    "title": ROLL,
    "summary": "Tells nothing: pass over it. It makes Kafka clean what was erased.",
    "headers": {
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_sequence"],
        "properties": {
            name: {"type": "string"}
            for name in ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_sequence")
        },
    },
    "payload": {"type": "null"},
    "bindings": {"kafka": {"key": {"type": "string", "pattern": f"^{ROLL}"}} | BINDING},
}


def _show_examples(topic: Topic, type: str) -> Iterator[Mapping[str, Any]]:
    for example in read_examples(topic):
        if example.type == type:
            key = str(example.data[topic.identity])
            yield {
                "name": f"{type}.{example.number}",
                "headers": show_headers(topic, type, key, EXAMPLE_ORIGIN),
                "payload": example.data,
            }


def _describe_operation(topic: Topic) -> dict[str, Any]:
    channel = f"#/channels/{topic.name}"
    described: dict[str, Any] = {
        "action": "receive",
        "channel": {"$ref": channel},
        "summary": topic.about,
        "messages": [{"$ref": f"{channel}/messages/{type}"} for type, _ in _describe_messages(topic)],
    }
    if topic.audience != "internal":
        described["bindings"] = {"kafka": {"groupId": GROUP_ID} | BINDING}
    return described


GROUP_ID = {
    "type": "string",
    "pattern": r"^[a-z0-9]+(-[a-z0-9]+)*\..+$",
    "description": "Begins with your organisation's name in addresses and a dot; what follows is yours to choose.",
    "examples": ["giz.newsletter"],
}
