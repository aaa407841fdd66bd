"""The page of a service's HTTP interface, made from its OpenAPI document, without scripts or foreign hosts."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from shared.runtime.http.schema_samples import build_sample
from shared.runtime.http.schema_words import (
    Field,
    Schema,
    describe_field,
    describe_type,
    list_fields,
    name_shape,
)

_FOLDER = Path(__file__).parent / "templates"
_templates = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True)

_WRITTEN = {"path": "{{{}}}".format, "query": "?{}".format, "header": str.title}
# So FastAPI calls the fields of a form, which has no class.
_FORM = "Body_"
_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'self'"}

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def show_interface(request: Request) -> HTMLResponse:
    """Every operation with its parameters, its body and its answer, each with an example."""
    state = request.app.state
    if not hasattr(state, "interface_page"):
        state.interface_page = _render_page(request.app.openapi())
    return HTMLResponse(state.interface_page, headers=_POLICY)


@router.get("/docs.css")
async def read_style() -> FileResponse:
    """How that page looks."""
    return FileResponse(_FOLDER / "docs.css", media_type="text/css")


def _render_page(document: Mapping[str, Any]) -> str:
    shapes = document.get("components", {}).get("schemas", {})
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    headers = _list_shared_headers([operation for _, _, operation in operations])
    return _templates.get_template("docs.html").render(
        prose=_mark_up,
        title=document["info"]["title"],
        headers=[_describe_parameter(header, shapes) for header in headers],
        operations=[_describe_operation(*each, headers, shapes) for each in operations],
        shapes={
            name: (shape, list_fields(shape, shapes))
            for name, shape in shapes.items()
            if "properties" in shape and not name.startswith(_FORM)
        },
    )


def _mark_up(text: str) -> Markup:
    """A docstring as HTML: its lines flow, and what stands in backticks is code."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    escaped = str(escape("\n\n".join(paragraphs)))
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", escaped))


def _list_shared_headers(operations: Sequence[Schema]) -> list[Schema]:
    """The headers that every operation takes: they are told of once."""
    listed = [operation.get("parameters", ()) for operation in operations]
    first = listed[0] if listed else ()
    return [each for each in first if each["in"] == "header" and all(each in others for others in listed)]


def _describe_operation(
    method: str, path: str, operation: Schema, headers: Sequence[Schema], shapes: Mapping[str, Schema]
) -> dict[str, Any]:
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "about": operation.get("description") or operation.get("summary", ""),
        "parameters": [
            _describe_parameter(each, shapes)
            for each in operation.get("parameters", ())
            if each not in headers
        ],
        "body": _describe_content(operation.get("requestBody", {}), shapes, whole=False),
        "answers": {
            status: _describe_content(answer, shapes, whole=True)
            for status, answer in operation["responses"].items()
            if status.startswith("2")
        },
    }


def _describe_parameter(parameter: Mapping[str, Any], shapes: Mapping[str, Schema]) -> Field:
    """A parameter that isn't sent is null to the service, but nobody can send that."""
    schema = {"description": parameter.get("description", ""), **parameter["schema"]}
    if choices := [each for each in schema.pop("anyOf", ()) if each.get("type") != "null"]:
        schema |= choices[0] if len(choices) == 1 else {"anyOf": choices}
    name = _WRITTEN[parameter["in"]](parameter["name"])
    return describe_field(name, parameter["required"], schema, shapes)


def _describe_content(
    part: Mapping[str, Any], shapes: Mapping[str, Schema], *, whole: bool
) -> dict[str, Any] | None:
    """What a request or an answer holds, None if nothing; only JSON has an example."""
    for media_type, content in part.get("content", {}).items():
        schema = content.get("schema", {})
        is_json = media_type == "application/json"
        sample = build_sample(schema, shapes, whole=whole) if is_json else None
        return {
            "media_type": media_type,
            "type": describe_type(schema, shapes),
            "fields": list_fields(shapes.get(name_shape(schema), {}), shapes),
            "sample": json.dumps(sample, indent=2, ensure_ascii=False) if is_json else "",
        }
    return None
