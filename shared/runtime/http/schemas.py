"""The contracts as partners' tools read them: JSON Schemas of the topics, and the AsyncAPI documents beside them."""

import json
from functools import cache

from fastapi import APIRouter, Request
from fastapi.responses import Response

from shared.contracts.catalogue import schema_file
from shared.contracts.json_schemas import FOLDER
from shared.contracts.refusals import NotFound

MEDIA_TYPES = {
    "asyncapi": "application/vnd.aai.asyncapi+json;version=3.0.0",
    "schema": "application/schema+json",
}
# Tools that run in a browser read them from elsewhere.
HEADERS = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}

router = APIRouter(include_in_schema=False)


@router.get("/schemas/{name}")
async def read_schema(name: str, request: Request) -> Response:
    """The JSON Schema of a topic's data, or an AsyncAPI document, by its file's name. Raises `NotFound`."""
    file = schema_file(name.removesuffix(".json"))
    if file not in _list_files() or not name.endswith(".json"):
        raise NotFound("schema-unknown", "No topic has a schema of this name.")
    kind = "asyncapi" if name.startswith("asyncapi.") else "schema"
    content = _load_file(file, request.app.state.origin)
    return Response(content, media_type=MEDIA_TYPES[kind], headers=HEADERS)


@cache
def _list_files() -> frozenset[str]:
    return frozenset(path.name for path in FOLDER.glob("*.json"))


@cache
def _load_file(file: str, origin: str) -> bytes:
    document = json.loads((FOLDER / file).read_bytes())
    if "$id" in document:
        document["$id"] = origin + document["$id"]
    return json.dumps(document, indent=2, ensure_ascii=False).encode()
