"""`python -m shared.contracts` writes what is made from the contracts: JSON Schemas, AsyncAPI documents, the pages of
topics and of changes, and what a new version published."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.contracts.asyncapi import describe_topics
from shared.contracts.catalogue import Topic, schema_file
from shared.contracts.changelog import Version, read_changelog, record_changes
from shared.contracts.compatibility import describe_contract
from shared.contracts.json_schemas import EVERY, FOLDER, FOR_PARTNERS, describe_data

DOCS = Path(__file__).parents[2] / "docs"


def render_files() -> dict[Path, str]:
    """Everything that is generated: path and text."""
    return {
        **{FOLDER / schema_file(topic.name): _render_json(describe_data(topic)) for topic in EVERY},
        FOLDER / "asyncapi.json": _render_json(_describe_for_partners()),
        FOLDER / "asyncapi.internal.json": _render_json(_describe_all()),
        DOCS / "topics.md": "\n".join([_HEAD, *(line for topic in EVERY for line in _render_section(topic))]),
        DOCS / "contract-changes.md": "\n".join([_CHANGES, *map(_render_version, read_changelog())]),
    }


def _describe_for_partners() -> dict[str, Any]:
    newest = read_changelog()[0].version
    return describe_topics(FOR_PARTNERS, version=newest, title="Alumnibus for partners")


def _describe_all() -> dict[str, Any]:
    newest = read_changelog()[0].version
    return describe_topics(EVERY, version=newest, title="Alumnibus, with the topics between its services")


def _render_json(described: Mapping[str, Any]) -> str:
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"


_CHANGES = """# Changes of the contracts

For whoever reads the topics. Made from `shared/contracts/changelog.json` by `make contracts`. A version only adds: what
reads the version before reads this one, and what was written before is still true.
"""


def _render_version(version: Version) -> str:
    changes = (f"- {change.texts['en']} ({_name_topics(change.topics)})" for change in version.changes)
    return "\n".join([f"## Version {version.version}, {version.published}\n", *changes, ""])


def _name_topics(topics: tuple[str, ...]) -> str:
    return ", ".join(f"`{topic}`" for topic in topics)


_HEAD = """# Topics

Made from the catalogue by `make contracts`; the schemas stand in `shared/contracts/schemas/`, and beside them the same
as AsyncAPI 3: `asyncapi.json` for partners, `asyncapi.internal.json` with the topics between the services.
[What changed](contract-changes.md).

Each record is a CloudEvent in binary mode: the attributes are headers (`ce_id`, `ce_type`, `ce_source`,
`ce_subject`, `ce_time`, `ce_sequence`, …), the value is JSON. A record without a value is a tombstone: the thing
is gone. Of two records with the same key the one with the higher `ce_sequence` is the newer truth; the same
`ce_id` twice is the same message. *State* topics are compacted and hold the full state of each key; *log* topics
hold each message for some days. On *anonymous* topics ids and times tell the day only. On topics of persons a key
that begins with `_roll` tells nothing: pass over it. Counts of an offer's places are those of the last release.

`ce_dataschema` is where the schema of the value is read: `<address of the deployment>/schemas/<topic>.json`. Records
of before have only that path there, or `urn:alumnibus:schema:<topic>`; and who moves to another domain has records with
the old one. The topic tells as well which schema it is.

## With an SDK of CloudEvents

Every record with a value passes the official SDKs as it is. A tombstone has all attributes and no value, which
CloudEvents leaves open and not every SDK takes: look at the value before the SDK does. Gone is the key.

| SDK, tried with | records | tombstones |
| --- | --- | --- |
| Python, `cloudevents` 2.2.0: `cloudevents.core.bindings.kafka` | pass | an event without data |
| the same: `cloudevents.v1.kafka` | pass | raises `DataUnmarshallerError` |
| JavaScript, `cloudevents` 10.0.0: `Kafka.toEvent`, headers as text | pass | throws `ValidationError` |
| Go, `sdk-go` 2.16.2: `kafka_sarama` | pass | an event without data |
| Java, `cloudevents-kafka` 4.0.1: `CloudEventDeserializer` | pass | no event: Kafka's client gives null |

`examples/partner/node/read.mjs` reads so with the SDK of JavaScript, `examples/partner/java/Read.java` with Java's;
`examples/partner/listen.py` needs none of them. A test reads an example of each message with the SDKs of Python,
JavaScript and Java and compares it with what was put in; Go's was tried by hand.
"""


def _render_section(topic: Topic) -> Iterator[str]:
    days = f", {topic.retention_days} days" if topic.kind == "log" else ""
    personal = ", personal data" if topic.personal else ""
    yield f"## `{topic.name}`\n\n{topic.about}\n"
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
    """Write every generated file; ends with 1 and a sentence where a change has no entry in the changelog."""
    contracts = {topic.name: describe_contract(topic) for topic in EVERY}
    for why in record_changes(contracts, read_changelog()[0].version):
        sys.exit(why)
    for path, text in render_files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
