"""The published language keeps its word: generated files are current, old examples still fit, bad ones don't."""

import hashlib
import json
from pathlib import Path

import pytest
from jsonschema_rs import validator_for
from pydantic import ValidationError

from shared.contracts.__main__ import render_files
from shared.contracts.catalogue import TOPICS, Topic
from shared.contracts.json_schemas import EVERY, EXAMPLES, FOR_PARTNERS, describe_data

BY_NAME = {topic.name: topic for topic in EVERY}
EACH = sorted(EXAMPLES.glob("*/*.json"))


def topic_of(example: Path) -> Topic:
    return BY_NAME[example.parent.name]


def test_schemas_and_the_page_of_topics_are_those_that_the_contracts_make() -> None:
    stale = [
        path.name
        for path, text in render_files().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]

    assert stale == [], "run `make contracts`"


@pytest.mark.parametrize("example", EACH, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_an_example_of_any_time_still_fits(example: Path) -> None:
    topic = topic_of(example)
    data = json.loads(example.read_text("utf-8"))

    validator_for(describe_data(topic)).validate(data)
    read = topic.model.model_validate_json(json.dumps(data)).model_dump(mode="json", exclude_unset=True)

    assert data == read
    assert example.name.partition(".")[0] in topic.types


def test_no_example_was_changed_or_lost() -> None:
    lines = (EXAMPLES / "SHA256").read_text("utf-8").splitlines()
    noted = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    found = {
        f"{path.parent.name}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest() for path in EACH
    }

    assert noted == found, "an example is never changed: add one with the next number"


def test_every_type_that_carries_data_has_an_example() -> None:
    shown = {(path.parent.name, path.name.partition(".")[0]) for path in EACH}
    promised = {(topic.name, type) for topic in EVERY for type in topic.types if type != topic.gone}

    assert set() == promised - shown


@pytest.mark.parametrize("example", EACH, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_field_of_tomorrow_is_ignored_and_a_missing_one_is_an_error(example: Path) -> None:
    topic = topic_of(example)
    data = json.loads(example.read_text("utf-8"))

    topic.model.model_validate_json(json.dumps(data | {"of_tomorrow": 1}))
    with pytest.raises(ValidationError):
        topic.model.model_validate_json("{}")


@pytest.mark.parametrize("topic", [t for t in TOPICS if t.audience == "public"], ids=lambda topic: topic.name)
def test_a_public_topic_has_no_field_for_a_person(topic: Topic) -> None:
    assert not topic.personal
    fields = json.dumps(topic.model.model_json_schema()["properties"])
    for telling in (
        "given_name",
        "family_name",
        "email",
        "member",
        "requester",
        "adviser",
        "cohort",
        "contact",
    ):
        assert f'"{telling}"' not in fields


@pytest.mark.parametrize("topic", FOR_PARTNERS, ids=lambda topic: topic.name)
def test_each_field_that_partners_read_says_what_it_holds(topic: Topic) -> None:
    schema = describe_data(topic)
    inner = [one for one in schema.get("$defs", {}).values() if "properties" in one]

    assert topic.about
    for described in (schema, *inner):
        silent = [n for n, field in described["properties"].items() if not field.get("description")]
        assert silent == []


def test_each_state_topic_can_tell_that_something_is_gone() -> None:
    assert [t.name for t in TOPICS if t.kind == "state" and t.gone not in t.types] == []


def test_personal_state_is_cleaned_within_a_day() -> None:
    for topic in TOPICS:
        if topic.personal and topic.kind == "state":
            assert topic.settings["min.compaction.lag.ms"] == "0"
            assert int(topic.settings["max.compaction.lag.ms"]) <= 24 * 60 * 60 * 1000
