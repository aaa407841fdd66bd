"""An example of what a JSON Schema describes: the author's own where there is one, otherwise made from types."""

import re
from collections.abc import Mapping
from typing import Any

from shared.runtime.http.schema_words import Schema, name_shape

_BY_FORMAT = {
    "uuid": "0198f3c2-7a1e-7d40-9c55-2b6f0e4d8a13",
    "date": "2027-05-03",
    "date-time": "2027-05-03T18:00:00Z",
}
# Of these a text has the first that fits its pattern.
_TEXTS = ("Text", "giz", "de", "KE", "2027-05-03T18:00")
_NUMBER = 3


def build_sample(schema: Schema, shapes: Mapping[str, Schema], *, whole: bool) -> Any:
    """A value that the schema allows; of objects all fields if `whole`, otherwise those that are required."""
    for told in ("examples", "enum"):
        if schema.get(told):
            return _sort_fields(schema[told][0], schema)
    if schema.get("default"):
        return schema["default"]
    if "$ref" in schema:
        return build_sample(shapes[name_shape(schema)], shapes, whole=whole)
    if "properties" in schema:
        return _build_object(schema, shapes, whole)
    if choices := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return build_sample(choices[0], shapes, whole=whole)
    if schema.get("type") == "array":
        return [build_sample(schema.get("items", {}), shapes, whole=whole)]
    if isinstance(values := schema.get("additionalProperties"), Mapping):
        name = build_sample(schema.get("propertyNames", {"type": "string"}), shapes, whole=whole)
        return {name: build_sample(values, shapes, whole=whole)}
    return _build_scalar(schema)


def _sort_fields(sample: Any, schema: Schema) -> Any:
    """An object's fields in the order of its schema."""
    if not isinstance(sample, dict):
        return sample
    return {name: sample[name] for name in schema["properties"] if name in sample}


def _build_object(schema: Schema, shapes: Mapping[str, Schema], whole: bool) -> dict[str, Any]:
    wanted = schema["properties"] if whole else schema.get("required", ())
    return {name: build_sample(schema["properties"][name], shapes, whole=whole) for name in wanted}


def _build_scalar(schema: Schema) -> Any:
    kind = schema.get("type")
    if kind in ("integer", "number"):
        return int(min(max(_NUMBER, schema.get("minimum", _NUMBER)), schema.get("maximum", _NUMBER)))
    if kind == "boolean":
        return True
    if kind != "string":
        return {} if kind == "object" else None
    pattern = schema.get("pattern", "")
    fitting = next((text for text in _TEXTS if re.search(pattern, text)), _TEXTS[0])
    return _BY_FORMAT.get(schema.get("format", ""), fitting)
