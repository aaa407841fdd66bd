"""The compatibility gate: yesterday's readers accept today's messages, yesterday's messages satisfy today's schemas."""

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from jsonschema_rs import ValidationError, validator_for

from shared.contracts.catalogue import Topic
from shared.contracts.changelog import read_history
from shared.contracts.compatibility import describe_contract, find_breaks
from shared.contracts.json_schemas import EVERY, read_examples

Contract: TypeAlias = dict[str, Any]
PAIRS = [(topic, version) for topic in EVERY for version in read_history(topic.name)]


@pytest.mark.parametrize(("topic", "version"), PAIRS, ids=lambda part: getattr(part, "name", str(part)))
def test_no_contract_has_broken_with_a_version_that_was_published(topic: Topic, version: int) -> None:
    assert list(find_breaks(read_history(topic.name)[version], describe_contract(topic))) == []


@pytest.mark.parametrize(("topic", "version"), PAIRS, ids=lambda part: getattr(part, "name", str(part)))
def test_a_reader_of_any_version_accepts_the_examples_of_all(topic: Topic, version: int) -> None:
    reader = validator_for(read_history(topic.name)[version]["schema"], validate_formats=True)

    for example in read_examples(topic):
        reader.validate(example.data)


# Each breaks the contract of the topic before it.
OFFER, LOG = "events.offer.v1", "notifications.outbound.organisation.v1"


def field(contract: Contract, name: str) -> Contract:
    found: Contract = contract["schema"]["properties"][name]
    return found


def require_a_new_field(contract: Contract) -> None:
    contract["schema"]["properties"]["price"] = {"type": "integer"}
    contract["schema"]["required"].append("price")


def require_a_known_field(contract: Contract) -> None:
    contract["schema"]["required"].append("summary")


def require_a_field_inside(contract: Contract) -> None:
    field(contract, "occurrences")["items"]["properties"]["room"] = {"type": "string"}
    field(contract, "occurrences")["items"]["required"].append("room")


def stop_requiring_a_field(contract: Contract) -> None:
    contract["schema"]["required"].remove("title")


def remove_a_field(contract: Contract) -> None:
    del contract["schema"]["properties"]["venue"]


def rename_a_field(contract: Contract) -> None:
    contract["schema"]["properties"]["house"] = contract["schema"]["properties"].pop("venue")


def narrow_a_type(contract: Contract) -> None:
    field(contract, "city")["anyOf"] = [{"type": "string"}]


def narrow_a_text(contract: Contract) -> None:
    field(contract, "title")["maxLength"] = 80


def change_a_type(contract: Contract) -> None:
    field(contract, "registered")["type"] = "string"


def widen_a_type(contract: Contract) -> None:
    field(contract, "title")["anyOf"] = [{"type": field(contract, "title").pop("type")}, {"type": "null"}]


def widen_a_choice(contract: Contract) -> None:
    field(contract, "places")["anyOf"].append({"type": "string"})


def change_what_a_list_holds(contract: Contract) -> None:
    field(contract, "co_hosts")["items"]["maxLength"] = 200


def change_a_pattern(contract: Contract) -> None:
    field(contract, "slug")["pattern"] = "^[a-z]+$"


def change_a_default(contract: Contract) -> None:
    field(contract, "waiting_list")["default"] = False


def add_a_value(contract: Contract) -> None:
    field(contract, "state")["enum"].append("postponed")


def remove_a_value(contract: Contract) -> None:
    field(contract, "mode")["enum"].remove("hybrid")


def list_values(contract: Contract) -> None:
    field(contract, "kind")["enum"] = ["summit"]


def forbid_more_fields(contract: Contract) -> None:
    contract["schema"]["additionalProperties"] = False


def remove_a_type(contract: Contract) -> None:
    contract["types"].remove("EventScheduled")


def set_to(name: str, value: object) -> Callable[[Contract], None]:
    def change(contract: Contract) -> None:
        contract[name] = value

    change.__name__ = f"change_{name}"
    return change


def add_a_type(contract: Contract) -> None:
    contract["types"].append("OfTomorrow")


BREAKS: list[tuple[str, Callable[[Contract], None], str]] = [
    (OFFER, require_a_new_field, "data.price must be there"),
    (OFFER, require_a_known_field, "data.summary must be there"),
    (OFFER, require_a_field_inside, "data.occurrences[].room must be there"),
    (OFFER, stop_requiring_a_field, "data.title needn't be there"),
    (OFFER, remove_a_field, "data.venue is gone"),
    (OFFER, rename_a_field, "data.venue is gone"),
    (OFFER, narrow_a_type, "data.city: takes 1 kinds of value instead of 2"),
    (OFFER, narrow_a_text, "data.title: maxLength was None and is 80"),
    (OFFER, change_a_type, "data.registered: type was 'integer' and is 'string'"),
    (OFFER, widen_a_type, "data.title: takes 2 kinds of value instead of 1"),
    (OFFER, widen_a_choice, "data.places: takes 3 kinds of value instead of 2"),
    (OFFER, change_what_a_list_holds, "data.co_hosts[]: maxLength was 80 and is 200"),
    (OFFER, change_a_pattern, "data.slug: pattern was"),
    (OFFER, change_a_default, "data.waiting_list: default was True and is False"),
    (OFFER, add_a_value, "data.state: the value 'postponed' is new to strict readers"),
    (OFFER, remove_a_value, "data.mode: the value 'hybrid' is gone"),
    (OFFER, list_values, "data.kind: values are listed"),
    (OFFER, forbid_more_fields, "data: additionalProperties was None and is False"),
    (OFFER, remove_a_type, "the type EventScheduled is gone"),
    (OFFER, set_to("owner", "members"), "owner was 'events' and is 'members'"),
    (OFFER, set_to("identity", "slug"), "identity was 'offer' and is 'slug'"),
    (OFFER, set_to("kind", "log"), "kind was 'state' and is 'log'"),
    (OFFER, set_to("audience", "internal"), "audience was 'public' and is 'internal'"),
    (OFFER, set_to("partitions", 24), "partitions was 12 and is 24"),
    (OFFER, set_to("gone", ""), "gone was 'EventGone' and is ''"),
    (LOG, set_to("retention_days", 1), "messages are kept for 1 days instead of 7"),
    (LOG, add_a_type, "the type OfTomorrow is new on a log"),
]


def add_a_field(contract: Contract) -> None:
    contract["schema"]["properties"]["price"] = {"type": "integer", "default": 0}


def add_a_field_inside(contract: Contract) -> None:
    field(contract, "occurrences")["items"]["properties"]["room"] = {"type": "string", "default": ""}


def keep_longer(contract: Contract) -> None:
    contract["retention_days"] = 30


def sort_values_anew(contract: Contract) -> None:
    field(contract, "state")["enum"].reverse()
    field(contract, "city")["anyOf"].reverse()


ALLOWED: list[tuple[str, Callable[[Contract], None]]] = [
    (OFFER, add_a_field),
    (OFFER, add_a_field_inside),
    (OFFER, add_a_type),
    (OFFER, sort_values_anew),
    (LOG, keep_longer),
]


def plant(topic: str, change: Callable[[Contract], None]) -> tuple[Contract, Contract]:
    """A contract as it is, and as it would be with this change."""
    [past] = [json.loads(json.dumps(describe_contract(one))) for one in EVERY if one.name == topic]
    present = json.loads(json.dumps(past))
    change(present)
    return past, present


@pytest.mark.parametrize(("topic", "change", "why"), BREAKS, ids=[change.__name__ for _, change, _ in BREAKS])
def test_a_change_that_breaks_readers_is_found_and_named(
    topic: str, change: Callable[[Contract], None], why: str
) -> None:
    breaks = list(find_breaks(*plant(topic, change)))

    assert any(found.startswith(why) for found in breaks), breaks


@pytest.mark.parametrize(("topic", "change"), ALLOWED, ids=[change.__name__ for _, change in ALLOWED])
def test_a_change_that_only_adds_passes(topic: str, change: Callable[[Contract], None]) -> None:
    past, present = plant(topic, change)

    assert past != present
    assert list(find_breaks(past, present)) == []


def test_a_past_schema_is_a_strict_reader() -> None:
    [offer] = [topic for topic in EVERY if topic.name == OFFER]
    reader = validator_for(read_history(OFFER)[1]["schema"], validate_formats=True)
    example = next(read_examples(offer)).data

    for wrong in ({"state": "postponed"}, {"registered": "7"}, {"offer": "x"}, {"slug": "Not A Slug"}):
        with pytest.raises(ValidationError):
            reader.validate({**example, **wrong})
    reader.validate({**example, "of_tomorrow": 1})
