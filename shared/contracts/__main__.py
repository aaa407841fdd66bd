"""`python -m shared.contracts` writes what is made from the contracts: JSON Schemas and the page of topics."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.contracts.catalogue import TOPICS, Topic, name_schema, outbound

SCHEMAS = Path(__file__).parent / "schemas"
PAGE = Path(__file__).parents[2] / "docs" / "topics.md"
EVERY = (*TOPICS, outbound("organisation"))


def render_schema(topic: Topic) -> str:
    """The JSON Schema (2020-12) of a topic's data, as text."""
    described = topic.model.model_json_schema(mode="serialization")
    identity = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": name_schema(topic.name),
    }
    return json.dumps(identity | described, indent=2, ensure_ascii=False) + "\n"


def render_page() -> str:
    """The page of topics, as Markdown."""
    return "\n".join([_HEAD, *(line for topic in EVERY for line in _render_section(topic))])


def render_files() -> dict[Path, str]:
    """Everything that is generated: path and text."""
    return {SCHEMAS / f"{topic.name}.json": render_schema(topic) for topic in EVERY} | {PAGE: render_page()}


_HEAD = """# Topics

Made from the catalogue by `make contracts`; the schemas stand in `shared/contracts/schemas/`.

Each record is a CloudEvent in binary mode: the attributes are headers (`ce_id`, `ce_type`, `ce_source`,
`ce_subject`, `ce_time`, `ce_sequence`, …), the value is JSON. A record without a value is a tombstone: the thing
is gone. Of two records with the same key the one with the higher `ce_sequence` is the newer truth; the same
`ce_id` twice is the same message. *State* topics are compacted and hold the full state of each key; *log* topics
hold each message for some days. On *anonymous* topics ids and times tell the day only. On topics of persons a key
that begins with `_roll` tells nothing: pass over it. Counts of an offer's places are those of the last release.

`ce_dataschema` is the `$id` of the schema of the value, which each service answers at `/schemas/<topic>.json`; records
of before have that path there.

## With an SDK of CloudEvents

Every record with a value passes the official SDKs as it is. A tombstone has all attributes and no value, which
CloudEvents leaves open and not every SDK takes: look at the value before the SDK does. Gone is the key.

| SDK, tried with | records | tombstones |
| --- | --- | --- |
| Python, `cloudevents` 2.2.0: `cloudevents.core.bindings.kafka` | pass | an event without data |
| the same: `cloudevents.v1.kafka` | pass | raises `DataUnmarshallerError` |
| JavaScript, `cloudevents` 10.0.0: `Kafka.toEvent`, headers as text | pass | throws `ValidationError` |
| Go, `sdk-go` 2.16.2: `kafka_sarama` | pass | an event without data |
| Java, `cloudevents-kafka` 4.0.1 | pass | an event without data |

`examples/partner/node/read.mjs` reads so with the SDK of JavaScript; `examples/partner/listen.py` needs none of them. A
test reads an example of each message with the SDKs of Python and JavaScript and compares it with what was put in.
"""


def _render_section(topic: Topic) -> Iterator[str]:
    days = f", {topic.retention_days} days" if topic.kind == "log" else ""
    personal = ", personal data" if topic.personal else ""
    yield f"## `{topic.name}`\n"
    audience = f"{topic.audience}, anonymous" if topic.anonymous else topic.audience
    yield f"{topic.kind}{days} · {audience}{personal} · key: {topic.key} · {topic.partitions} partitions\n"
    yield "| type | what it means |\n| --- | --- |"
    for type, meaning in topic.types.items():
        yield f"| `{type}` | {meaning} |"
    yield "\n| field | type | what it holds |\n| --- | --- | --- |"
    for name, described in topic.model.model_json_schema()["properties"].items():
        yield f"| `{name}` | {_describe_type(described)} | {described.get('description', '')} |"
    yield ""


def _describe_type(described: Mapping[str, Any]) -> str:
    if "$ref" in described:
        return str(described["$ref"]).rpartition("/")[2]
    if "anyOf" in described:
        return " or ".join(_describe_type(one) for one in described["anyOf"])
    if described.get("type") == "array":
        return f"list of {_describe_type(described['items'])}"
    return str(described.get("format", described.get("type", "")))


def main() -> None:
    """Write every generated file."""
    for path, text in render_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
