"""The headers of a record: the attributes of CloudEvents 1.0 in binary mode, and which of them a topic has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from shared.contracts.catalogue import Topic, locate_schema
from shared.contracts.model import N_

Given = Literal["always", "with data", "restored", "inside"]
TEXT: dict[str, Any] = {"type": "string"}


@dataclass(frozen=True)
class Attribute:
    """One header and what it tells. It is `given` always, if the record has a value, if a restore brought the message
    back, or on internal topics, if it is known there."""

    name: str
    meaning: str
    example: str = ""
    given: Given = "always"


ATTRIBUTES = (
    Attribute("ce_specversion", N_("the version of CloudEvents"), "1.0"),
    Attribute(
        "ce_id",
        N_("names the message: the same twice is the same message"),
        str(UUID(int=0x192A1B07C1E70008000000000000C01)),
    ),
    Attribute("ce_type", N_("what happened last")),
    Attribute("ce_source", N_("the service that owns the topic")),
    Attribute("ce_subject", N_("the record's key")),
    Attribute(
        "ce_time", N_("when it was written (UTC); on anonymous topics the day"), "2027-01-15T00:00:00Z"
    ),
    Attribute(
        "ce_sequence",
        N_("of two records with one key the higher is the newer truth; 20 digits"),
        "00001000000000000007",
    ),
    Attribute("ce_partitionkey", N_("the record's key")),
    Attribute("ce_dataschema", N_("where the JSON Schema of the value is read")),
    Attribute("content-type", N_("only where there is a value"), "application/json", "with data"),
    Attribute(
        "ce_restored", N_("only if a restore brought it back: it is true, but no news"), "1", "restored"
    ),
    Attribute("ce_correlationid", "which request it goes back to", "of-a-request", "inside"),
    Attribute("ce_causationid", "which message it goes back to", "of-a-message", "inside"),
    Attribute("traceparent", "the trace that it belongs to (W3C)", "", "inside"),
)
_FORMS: Mapping[str, dict[str, Any]] = {
    "ce_specversion": TEXT | {"const": "1.0"},
    "ce_id": TEXT | {"format": "uuid"},
    "ce_subject": TEXT | {"minLength": 1},
    "ce_time": TEXT | {"format": "date-time"},
    "ce_sequence": TEXT | {"pattern": "^[0-9]{20}$"},
    "ce_partitionkey": TEXT | {"minLength": 1},
    "content-type": TEXT | {"const": "application/json"},
    "ce_restored": TEXT | {"const": "1"},
}


def list_attributes(topic: Topic) -> list[Attribute]:
    """What the records of a topic have; the examples are of one that has a value."""
    return [one for one in ATTRIBUTES if one.given != "inside" or topic.audience == "internal"]


def describe_headers(topic: Topic, type: str) -> dict[str, Any]:
    """The JSON Schema of the headers of a topic's records of one type; each header is text in UTF-8."""
    attributes = [one for one in list_attributes(topic) if one.given != "with data" or type != topic.gone]
    own = _forms_of(topic, type)
    return {
        "type": "object",
        "required": [one.name for one in attributes if one.given in ("always", "with data")],
        "properties": {
            one.name: {**own.get(one.name, _FORMS.get(one.name, TEXT)), "description": one.meaning}
            for one in attributes
        },
    }


def show_headers(topic: Topic, type: str, key: str, origin: str) -> dict[str, str]:
    """The headers of a record, as an example: of one with a value, which no restore brought back."""
    own = {
        "ce_type": type,
        "ce_source": topic.source,
        "ce_subject": key,
        "ce_partitionkey": key,
        "ce_dataschema": locate_schema(origin, topic.name),
    }
    return {
        one.name: own.get(one.name, one.example)
        for one in ATTRIBUTES
        if one.given == "always" or (one.given == "with data" and type != topic.gone)
    }


def _forms_of(topic: Topic, type: str) -> dict[str, dict[str, Any]]:
    return {
        "ce_type": TEXT | {"const": type},
        "ce_source": TEXT | {"const": topic.source},
        "ce_dataschema": TEXT | {"format": "uri", "pattern": re.escape(locate_schema("", topic.name)) + "$"},
    }
