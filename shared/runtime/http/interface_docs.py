"""The page of a service's HTTP interface, made from its OpenAPI document, without scripts or foreign hosts."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader

_templates = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True)

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def show_interface(request: Request) -> HTMLResponse:
    """Every operation with its parameters, its body and its answer."""
    document = request.app.openapi()
    page = _templates.get_template("docs.html").render(
        title=document["info"]["title"],
        operations=list(_list_operations(document)),
        schemas=document.get("components", {}).get("schemas", {}),
        type=_describe_type,
    )
    return HTMLResponse(
        page, headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    )


def _list_operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield {
                "method": method.upper(),
                "path": path,
                "summary": operation.get("description") or operation.get("summary", ""),
                "parameters": operation.get("parameters", []),
                "body": _describe_contents(operation.get("requestBody", {})),
                "answers": {
                    status: _describe_contents(answer)
                    for status, answer in operation["responses"].items()
                    if status.startswith("2")
                },
            }


def _describe_contents(part: Mapping[str, Any]) -> str:
    return ", ".join(
        _describe_type(content.get("schema", {})) for content in part.get("content", {}).values()
    )


def _describe_type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return " or ".join(_describe_type(one) for one in schema[choice])
    if schema.get("type") == "array":
        return f"list of {_describe_type(schema.get('items', {}))}"
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    return str(schema.get("format") or schema.get("type") or "anything")
