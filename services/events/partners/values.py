"""What a field may hold, in words for a person, read from its JSON Schema."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from shared.contracts.events import LocalTime
from shared.contracts.model import Country, Language, Slug
from shared.i18n.texts import Texts


@dataclass(frozen=True, slots=True)
class Value:
    """What a field holds: `values` are all that it may be, `inner` is the schema of the objects in it."""

    type: str
    values: Sequence[str] = ()
    inner: Mapping[str, Any] | None = None
    is_list: bool = False


def describe_value(schema: Mapping[str, Any], whole: Mapping[str, Any], texts: Texts) -> Value:
    """What a part of the schema `whole` allows."""
    if "$ref" in schema:
        return describe_value(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole, texts)
    if "anyOf" in schema:
        [some] = [one for one in schema["anyOf"] if one.get("type") != "null"]
        value = describe_value(some, whole, texts)
        return replace(value, type=texts.gettext("%(type)s, or null", type=value.type))
    if schema.get("type") == "array":
        value = describe_value(schema["items"], whole, texts)
        return replace(value, type=texts.gettext("list: %(type)s", type=value.type), is_list=True)
    if "properties" in schema:
        return Value(texts.gettext("object"), inner=schema)
    if "enum" in schema:
        return Value(texts.gettext("one of"), schema["enum"])
    return Value(_name_scalar(schema, texts))


def _name_scalar(schema: Mapping[str, Any], texts: Texts) -> str:
    match schema:
        case {"type": "integer"}:
            return texts.gettext("whole number")
        case {"type": "boolean"}:
            return texts.gettext("true or false")
        case {"format": "uuid"}:
            return "UUID"
        case {"format": "date-time"}:
            return texts.gettext("time (RFC 3339)")
        case {"pattern": pattern}:
            return _name_pattern(pattern, texts)
    return texts.gettext("text")


def _name_pattern(pattern: str, texts: Texts) -> str:
    if pattern == _pattern_of(Country):
        return texts.gettext("country (ISO 3166-1)")
    if pattern == _pattern_of(Language):
        return texts.gettext("language (ISO 639-1)")
    if pattern == _pattern_of(LocalTime):
        return texts.gettext("local time (ISO 8601)")
    return texts.gettext("name in small letters") if pattern == _pattern_of(Slug) else texts.gettext("text")


def _pattern_of(kind: Any) -> str:
    return str(TypeAdapter(kind).json_schema()["pattern"])
