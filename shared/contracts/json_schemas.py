"""The JSON Schemas of the topics' data, and the examples that were published of each."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from shared.contracts.catalogue import TOPICS, Topic, locate_schema, outbound

FOLDER = Path(__file__).parent / "schemas"
EXAMPLES = Path(__file__).parent / "examples"
EVERY = (*TOPICS, outbound("organisation"))
FOR_PARTNERS = tuple(topic for topic in EVERY if topic.audience != "internal")


class Example(NamedTuple):
    """One published example: of the type, the number, and the data."""

    type: str
    number: int
    data: Mapping[str, Any]


def describe_data(topic: Topic, origin: str = "") -> dict[str, Any]:
    """The JSON Schema (2020-12) of a topic's data. Without an origin its `$id` is the path where it is read."""
    identity = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": locate_schema(origin, topic.name),
    }
    return identity | topic.model.model_json_schema(mode="serialization")


def describe_key(topic: Topic) -> dict[str, Any]:
    """The JSON Schema of the keys of a topic's records: that of the field which has them."""
    described = topic.model.model_json_schema(mode="serialization")["properties"][topic.identity]
    return {name: value for name, value in described.items() if name not in ("title", "description")}


def read_examples(topic: Topic) -> Iterator[Example]:
    """The examples of a topic, by type in the catalogue's order, the newest of each first."""
    paths = (EXAMPLES / topic.name).glob("*.json")
    named = sorted((path.name.split(".") for path in paths), key=lambda name: -int(name[1]))
    for type in topic.types:
        for of, number, _ in named:
            if of == type:
                text = (EXAMPLES / topic.name / f"{of}.{number}.json").read_text("utf-8")
                yield Example(of, int(number), json.loads(text))
