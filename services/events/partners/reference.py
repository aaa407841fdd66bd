"""A topic as a partner's developer looks it up: its types, fields and headers, and a whole record, in one language."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.events.partners.values import describe_value
from shared import contracts
from shared.contracts.attributes import list_attributes, show_headers
from shared.contracts.catalogue import Topic
from shared.contracts.changelog import Version, read_changelog
from shared.contracts.json_schemas import FOR_PARTNERS, describe_data, read_examples
from shared.i18n.texts import Domain, Texts, load_texts

CONTRACTS = Domain(Path(contracts.__path__[0]))
LONGEST_EXAMPLE = 60


@dataclass(frozen=True, slots=True)
class ValueField:
    """One field: its name with the path to it, what it may be (`values` are all that it may), an example as JSON."""

    name: str
    type: str
    values: Sequence[str]
    required: bool
    meaning: str
    example: str


@dataclass(frozen=True, slots=True)
class Header:
    """One header: what it tells, and an example."""

    name: str
    meaning: str
    example: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A topic in a list."""

    topic: Topic
    name: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Reference:
    """All of a topic. `types` are pairs of a type and what it means; `record` is the value of an example as JSON."""

    summary: Summary
    key: str
    types: Sequence[tuple[str, str]]
    fields: Sequence[ValueField]
    headers: Sequence[Header]
    record: str
    changes: Sequence[Version]


def list_topics(language: str) -> list[Summary]:
    """The topics that partners may read."""
    texts = load_texts(language, CONTRACTS)
    return [_summarise(topic, texts) for topic in FOR_PARTNERS]


def find_reference(name: str, language: str, texts: Texts, origin: str) -> Reference | None:
    """The topic of this name, if partners may read it. `texts` are those of the page."""
    for topic in FOR_PARTNERS:
        if topic.name == name:
            return _describe_topic(topic, load_texts(language, CONTRACTS), texts, origin)
    return None


def _summarise(topic: Topic, contract_texts: Texts) -> Summary:
    name = topic.name
    if topic.audience == "organisation":
        name = name.replace(".organisation.", ".<organisation>.")
    return Summary(topic, name, contract_texts.translate(topic.title), contract_texts.translate(topic.about))


def _describe_topic(topic: Topic, contract_texts: Texts, texts: Texts, origin: str) -> Reference:
    example = next(read_examples(topic))
    schema = describe_data(topic)
    headers = show_headers(topic, example.type, str(example.data[topic.identity]), origin)
    return Reference(
        _summarise(topic, contract_texts),
        contract_texts.translate(topic.key),
        [(type, contract_texts.translate(meaning)) for type, meaning in topic.types.items()],
        [*_list_fields(schema, schema, example.data, contract_texts, texts)],
        [
            Header(one.name, contract_texts.translate(one.meaning), headers.get(one.name, one.example))
            for one in list_attributes(topic)
        ],
        json.dumps(example.data, indent=2, ensure_ascii=False),
        [version for version in read_changelog() if topic.name in version.topics],
    )


def _list_fields(
    schema: Mapping[str, Any],
    whole: Mapping[str, Any],
    example: Mapping[str, Any],
    contract_texts: Texts,
    texts: Texts,
    path: str = "",
) -> Iterator[ValueField]:
    """The fields in the schema's order, those of an object that is in it below it."""
    for name, described in schema["properties"].items():
        value = describe_value(described, whole, texts)
        shown = example.get(name)
        yield ValueField(
            path + name,
            value.type,
            value.values,
            name in schema.get("required", []),
            contract_texts.translate(described.get("description", "")),
            _show(shown) if value.inner is None else "",
        )
        if value.inner is not None:
            inside = next(iter(shown or [{}]), {}) if value.is_list else shown or {}
            below = f"{path}{name}{'[]' if value.is_list else ''}."
            yield from _list_fields(value.inner, whole, inside, contract_texts, texts, below)


def _show(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_EXAMPLE else f"{text[: LONGEST_EXAMPLE - 1]}…"
