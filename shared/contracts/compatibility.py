"""What of a contract may change: what yesterday's readers still read, while what was said yesterday still holds.

Fields are added that needn't be there, and types to a topic of states. Anything else is a new version of the topic.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from shared.contracts.catalogue import Topic
from shared.contracts.json_schemas import describe_data

Described: TypeAlias = Mapping[str, Any]

FIXED = ("owner", "identity", "kind", "audience", "partitions", "anonymous", "gone")
# Words about a schema, which bind nobody.
_WORDS = {"$schema", "$id", "$defs", "title", "description", "examples"}


def describe_contract(topic: Topic) -> dict[str, Any]:
    """What readers of a topic rely on: its fixed properties, its types, and its schema without words."""
    schema = describe_data(topic)
    return {
        **{name: getattr(topic, name) for name in FIXED},
        "retention_days": topic.retention_days,
        "types": list(topic.types),
        "schema": _write_out(schema, schema.get("$defs", {})),
    }


def find_breaks(past: Described, present: Described) -> Iterator[str]:
    """Each change between two descriptions of one topic that a reader of either would notice, in words."""
    for name in FIXED:
        if past[name] != present[name]:
            yield f"{name} was {past[name]!r} and is {present[name]!r}"
    if (past["retention_days"] or 0) > (present["retention_days"] or 0):
        yield f"messages are kept for {present['retention_days']} days instead of {past['retention_days']}"
    yield from (f"the type {type} is gone" for type in past["types"] if type not in present["types"])
    if past["kind"] == "log":
        new = [type for type in present["types"] if type not in past["types"]]
        yield from (f"the type {type} is new on a log, which readers can't pass over" for type in new)
    yield from _find_schema_breaks(past["schema"], present["schema"], "data")


def _write_out(schema: Any, defs: Described) -> Any:
    if isinstance(schema, list):
        return [_write_out(one, defs) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        named = defs[schema["$ref"].rpartition("/")[2]]
        schema = named | {name: value for name, value in schema.items() if name != "$ref"}
    return {
        name: {field: _write_out(one, defs) for field, one in value.items()}
        if name == "properties"
        else _write_out(value, defs)
        for name, value in schema.items()
        if name not in _WORDS
    }


def _find_schema_breaks(past: Described, present: Described, path: str) -> Iterator[str]:
    yield from _find_field_breaks(past, present, path)
    yield from _find_value_breaks(past.get("enum", []), present.get("enum", []), path)
    compared = {"properties", "required", "enum", "anyOf"}
    if "items" in past and "items" in present:
        compared.add("items")
        yield from _find_schema_breaks(past["items"], present["items"], f"{path}[]")
    yield from _find_choice_breaks(past.get("anyOf", []), present.get("anyOf", []), path)
    for name in sorted((past.keys() | present.keys()) - compared):
        if past.get(name) != present.get(name):
            yield f"{path}: {name} was {past.get(name)!r} and is {present.get(name)!r}"


def _find_field_breaks(past: Described, present: Described, path: str) -> Iterator[str]:
    known, told = past.get("properties", {}), present.get("properties", {})
    needed, given = set(past.get("required", [])), set(present.get("required", []))
    yield from (f"{path}.{field} is gone" for field in known.keys() - told.keys())
    for field in sorted(given - needed):
        yield f"{path}.{field} must be there, and yesterday's messages needn't have it"
    for field in sorted((needed - given) & told.keys()):
        yield f"{path}.{field} needn't be there any more, and yesterday's readers need it"
    for field in known.keys() & told.keys():
        yield from _find_schema_breaks(known[field], told[field], f"{path}.{field}")


def _find_value_breaks(past: Sequence[str], present: Sequence[str], path: str) -> Iterator[str]:
    if bool(past) != bool(present):
        yield f"{path}: values are {'listed' if present else 'not listed any more'}"
        return
    yield from (f"{path}: the value {value!r} is gone" for value in past if value not in present)
    yield from (
        f"{path}: the value {value!r} is new to strict readers" for value in present if value not in past
    )


def _find_choice_breaks(past: Sequence[Described], present: Sequence[Described], path: str) -> Iterator[str]:
    if len(past) != len(present):
        yield f"{path}: takes {len(present) or 1} kinds of value instead of {len(past) or 1}"
        return
    for before, after in zip(*(sorted(side, key=_order) for side in (past, present)), strict=True):
        yield from _find_schema_breaks(before, after, path)


def _order(schema: Described) -> tuple[str, str]:
    return str(schema.get("type")), json.dumps(schema, sort_keys=True)
