"""JSON Schemas in words, for a person who reads what a field takes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Schema = Mapping[str, Any]

_WORDS = {"string": "text", "integer": "whole number", "boolean": "true or false"}
_FORMATS = {"uuid": "UUID", "date": "date", "date-time": "date and time"}


@dataclass(frozen=True)
class Described:
    """A type: words before and after the shape that it refers to, or the codes that it takes."""

    before: str = ""
    shape: str = ""
    codes: tuple[str, ...] = ()
    after: str = ""


@dataclass(frozen=True)
class Field:
    """A field, or a parameter, as the page shows it; `default` is empty where there is none that says anything."""

    name: str
    required: bool
    type: Described
    about: str
    default: str


def list_fields(schema: Schema, shapes: Mapping[str, Schema]) -> list[Field]:
    """The fields of an object, those that are required first."""
    required = schema.get("required", ())
    fields = [
        describe_field(name, name in required, described, shapes)
        for name, described in schema.get("properties", {}).items()
    ]
    return sorted(fields, key=lambda field: not field.required)


def describe_field(name: str, required: bool, schema: Schema, shapes: Mapping[str, Schema]) -> Field:
    """One field in words."""
    default = schema.get("default")
    said = "" if default in (None, "", []) else default if isinstance(default, str) else json.dumps(default)
    return Field(name, required, describe_type(schema, shapes), schema.get("description", ""), said)


def describe_type(schema: Schema, shapes: Mapping[str, Schema]) -> Described:
    """What a value may be. Patterns aren't told: they are for programs, which read the document."""
    if "$ref" in schema:
        return _describe_reference(name_shape(schema), shapes)
    if choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return _describe_choices(choices, shapes)
    if "enum" in schema:
        return Described(codes=tuple(str(code) for code in schema["enum"]))
    if schema.get("type") == "array":
        item = describe_type(schema.get("items", {}), shapes)
        most = f", at most {schema['maxItems']}," if "maxItems" in schema else ""
        return replace(item, before=f"list{most} of {item.before}")
    if isinstance(values := schema.get("additionalProperties"), Mapping):
        value = describe_type(values, shapes)
        return replace(value, before=f"object: name to {value.before}")
    return Described(_describe_scalar(schema))


def name_shape(schema: Schema) -> str:
    """The name to which a schema refers; empty if it refers to none."""
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _describe_reference(name: str, shapes: Mapping[str, Schema]) -> Described:
    shape = shapes.get(name, {})
    return Described(shape=name) if "properties" in shape else describe_type(shape, shapes)


def _describe_choices(choices: Sequence[Schema], shapes: Mapping[str, Schema]) -> Described:
    """Texts that differ in their patterns and lengths are one in words: the first."""
    null = any("null" in choice.get("type", "") for choice in choices)
    kinds: dict[str, Described] = {}
    for choice in choices:
        if (kind := choice.get("type")) != "null":
            kinds.setdefault(
                "text" if "string" in (kind or "") else str(choice), describe_type(choice, shapes)
            )
    first, *others = kinds.values()
    one = Described(" or ".join(_say_plainly(kind) for kind in (first, *others))) if others else first
    return replace(one, after=f"{one.after} or null") if null else one


def _say_plainly(kind: Described) -> str:
    return f"{kind.before}{kind.shape}{', '.join(kind.codes)}{kind.after}"


def _describe_scalar(schema: Schema) -> str:
    kind: str | list[str] = schema.get("type", "anything")
    if isinstance(kind, list):
        return " or ".join(_WORDS.get(each, each) for each in kind)
    if "contentMediaType" in schema:
        return "file"
    word = _FORMATS.get(schema.get("format", "")) or _WORDS.get(kind, kind)
    length = f", at most {schema['maxLength']} characters" if "maxLength" in schema else ""
    return word + length + _say_range(schema)


def _say_range(schema: Schema) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is None or most is None:
        return ""
    return f", {least:.0f} to {most:.0f}"
