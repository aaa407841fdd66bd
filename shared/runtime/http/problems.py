"""Every refusal and every error as a problem document (RFC 9457), with nothing personal in it."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from shared.contracts.refusals import Refused
from shared.postgres.transient import is_transient

log = structlog.get_logger(__name__)

ERRORS_SHOWN, DEEPEST_FIELD, LONGEST_TEXT = 20, 10, 200
_TITLES = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
}


class FieldError(BaseModel):
    """What is wrong with one field; the value itself is not repeated."""

    field: str
    message: str


class Problem(BaseModel):
    """A problem document. `type` is stable; `detail` is a sentence for a person."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None


def problem_response(
    status: int, code: str, detail: str, headers: dict[str, str] | None = None, **facts: Any
) -> JSONResponse:
    """The response for a problem; `code` is kebab-case and ends up in type and title."""
    body = {
        "type": f"/problems/{code}",
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
    }
    return JSONResponse(body | facts, status, headers=headers, media_type="application/problem+json")


def _problem_schema() -> dict[str, Any]:
    """The schema of a problem document in one piece, because it stands in the middle of another document."""
    schema = Problem.model_json_schema()
    errors = schema["properties"]["errors"]["anyOf"][0]
    errors["items"] = schema.pop("$defs")["FieldError"]
    return schema


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "A problem document (RFC 9457)",
        "content": {"application/problem+json": {"schema": _problem_schema()}},
    }
}


def install_handlers(app: FastAPI) -> None:
    """Let the app answer every exception with a problem document."""
    app.add_exception_handler(Refused, _handle_refusal)
    app.add_exception_handler(RequestValidationError, _handle_invalid_request)
    app.add_exception_handler(HTTPException, _handle_http_error)
    for passing_error in (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        app.add_exception_handler(passing_error, _handle_unexpected_error)


async def _handle_refusal(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)
    return problem_response(error.status, error.code, error.detail, dict(error.headers), **error.facts)


async def _handle_invalid_request(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    detail = "The request does not fit its schema."
    if len(errors) > ERRORS_SHOWN:
        detail = f"{detail} These are the first {ERRORS_SHOWN} of its {len(errors)} errors."
    return problem_response(422, "invalid", detail, errors=[_describe(e) for e in errors[:ERRORS_SHOWN]])


def _describe(error: Mapping[str, Any]) -> dict[str, str]:
    """One error, in as many letters as it takes: a field's name may be the client's, with a million of them."""
    field = ".".join(_shorten(str(part)) for part in error["loc"][:DEEPEST_FIELD])
    return {"field": field, "message": _shorten(error["msg"])}


def _shorten(text: str) -> str:
    shown = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
    return shown.encode(errors="replace").decode()


async def _handle_http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers) if error.headers else {}
    if error.status_code == 405:
        headers |= _allowed_methods(request)
    return problem_response(
        error.status_code, _TITLES.get(error.status_code, "error"), str(error.detail), headers
    )


def _allowed_methods(request: Request) -> dict[str, str]:
    """All methods of the resource; the router names those of the first route only."""
    paths: dict[str, dict[str, Any]] = request.app.openapi()["paths"]
    known = [
        operations for path, operations in paths.items() if compile_path(path)[0].match(request.url.path)
    ]
    methods = sorted({method.upper() for operations in known for method in operations})
    return {"Allow": ", ".join(methods)} if methods else {}


async def _handle_unexpected_error(_request: Request, error: Exception) -> JSONResponse:
    return answer_unexpected_error(error)


def answer_unexpected_error(error: Exception) -> JSONResponse:
    """The answer where the service or its database is at fault; it is logged."""
    if is_transient(error):
        log.warning("request.serve.unavailable", error=type(error).__name__)
        return problem_response(
            503,
            "unavailable",
            "The database is away. Try again; with the same Idempotency-Key nothing is done twice.",
            {"Retry-After": "5"},
        )
    if getattr(error, "constraint_name", None) == "outbox_payload_check":
        return problem_response(
            413, "too-large", "The message about this would be too large. Nothing was changed."
        )
    log.error("request.serve.failed", error=type(error).__name__, exc_info=error)
    return problem_response(500, "internal", "Something unexpected happened. Nothing was changed.")
