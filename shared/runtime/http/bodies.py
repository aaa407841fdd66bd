"""Bodies of requests: what an endpoint takes as its body and how much of it, which no client decides."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message as MediaType

from fastapi import params
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.http.problems import problem_response

JSON_BYTES = 250_000
_DECLARED = "alumnibus.body"
_JSON = re.compile(r"application/([^/]+\+)?json")
_FORM = re.compile(r"application/x-www-form-urlencoded")
_UPLOAD = re.compile(r"multipart/form-data")
_OTHER_TYPE = problem_response(
    415, "unsupported-media-type", "This endpoint takes a body of another media type."
)


@dataclass(frozen=True, slots=True)
class DeclaredBody:
    """The body that an endpoint takes: in which media types, at most how many bytes.

    An endpoint that takes more than JSON_BYTES, or less, says so by `max_body_size` of its route.
    """

    route: RouteContext
    media_types: re.Pattern[str]
    most: int

    @property
    def is_upload(self) -> bool:
        """Whether it is read piece by piece, and not before the endpoint's work."""
        return self.media_types is _UPLOAD

    def is_of(self, scope: Scope) -> bool:
        """Whether the request is one to this endpoint."""
        methods = self.route.methods or ()
        return scope["method"] in methods and self.route.path_regex.match(scope["path"]) is not None

    def refuse(self, headers: dict[bytes, bytes]) -> ASGIApp | None:
        """The answer to a request whose headers say already that its body can't be taken."""
        if not self.media_types.fullmatch(_read_media_type(headers)):
            return _OTHER_TYPE
        if _read_length(headers) > self.most:
            return problem_response(413, "too-large", _too_large(self.most))
        return None


class BodyMiddleware:
    """Refuses what an endpoint doesn't take before any of it is read, and ends the reading of what turns out too long.

    Of a request that no endpoint takes a body of, none is read.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._declared: Sequence[DeclaredBody] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = self._find_declared(scope) if scope["type"] == "http" else None
        if body is None:
            await self._app(scope, receive, send)
        elif refusal := body.refuse(dict(scope["headers"])):
            scope["route"] = body.route  # as the router would say, for the log
            await refusal(scope, receive, send)
        else:
            scope[_DECLARED] = body
            await self._app(scope, _limit_body(receive, body.most), send)

    def _find_declared(self, scope: Scope) -> DeclaredBody | None:
        if self._declared is None:
            routes = iter_route_contexts(scope["app"].routes)
            self._declared = [_declare(route) for route in routes if getattr(route, "body_field", None)]
        if not _has_body(dict(scope["headers"])):
            return None
        return next((body for body in self._declared if body.is_of(scope)), None)


def find_body(scope: Scope) -> DeclaredBody | None:
    """The body that comes with this request and that its endpoint takes, if there is one."""
    body: DeclaredBody | None = scope.get(_DECLARED)
    return body


def _declare(route: RouteContext) -> DeclaredBody:
    most = JSON_BYTES if route.max_body_size is None else route.max_body_size
    return DeclaredBody(route, _find_media_types(route.body_field.field_info), most)


def _find_media_types(field: object) -> re.Pattern[str]:
    if isinstance(field, params.File):
        return _UPLOAD
    return _FORM if isinstance(field, params.Form) else _JSON


def _has_body(headers: dict[bytes, bytes]) -> bool:
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def _read_media_type(headers: dict[bytes, bytes]) -> str:
    """In lower case, without its parameters; text/plain for what is none."""
    media_type = MediaType()
    media_type["content-type"] = headers.get(b"content-type", b"").decode("latin-1")
    return media_type.get_content_type()


def _read_length(headers: dict[bytes, bytes]) -> int:
    length = headers.get(b"content-length", b"")
    return int(length[:20]) if length.isdigit() else 0


def _limit_body(receive: Receive, most: int) -> Receive:
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413, _too_large(most))
        return message

    return limited


def _too_large(most: int) -> str:
    return f"The body is larger than this endpoint takes: {most:,} bytes at most."
