"""The HTTP side of a process: one app with the service's routes, health, problems, limits and access logs."""

import re
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import structlog
from fastapi import Depends, FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars
from uuid_utils.compat import uuid7

from shared.runtime import health, interface_docs, problems, schemas
from shared.runtime.admission import REQUESTS_IN_WORK, AdmissionMiddleware, is_refused
from shared.runtime.answer_headers import AnswerHeadersMiddleware
from shared.runtime.bodies import BodyMiddleware
from shared.runtime.lanes import Lane
from shared.runtime.public_address import PublicAddressMiddleware
from shared.runtime.query_parameters import refuse_undeclared_parameters
from shared.runtime.service import Service

log = structlog.get_logger(__name__)

_CORRELATION = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_TRACE = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(service: Service, lifespan: Lifespan, *, with_api: bool = True) -> FastAPI:
    """The app of one service's process; without the API it still answers for its health."""
    app = FastAPI(
        title=f"Alumnibus {service.name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        responses=problems.RESPONSES,
    )
    problems.install_handlers(app)
    app.include_router(health.router)
    if with_api:
        app.include_router(interface_docs.router)
        app.include_router(schemas.router)
        app.include_router(service.router, dependencies=[Depends(refuse_undeclared_parameters)])
    for name, value in service.state.items():
        setattr(app.state, name, value)
    app.state.origin = service.settings.origin
    app.state.requests_lane = Lane("requests", REQUESTS_IN_WORK)
    app.add_middleware(AdmissionMiddleware, requests=app.state.requests_lane)
    app.add_middleware(BodyMiddleware)
    app.add_middleware(RequestContextMiddleware)
    app.add_middleware(PublicAddressMiddleware, public_url=service.settings.origin)
    app.add_middleware(AnswerHeadersMiddleware)
    return app


class RequestContextMiddleware:
    """Binds the correlation id, and logs each request without its query or its values."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        ids = _context_ids(dict(scope["headers"]))
        with bound_contextvars(**ids):
            await self._serve_request(scope, receive, send, ids["correlation_id"])

    async def _serve_request(self, scope: Scope, receive: Receive, send: Send, correlation_id: str) -> None:
        status, started = None, time.perf_counter()

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-correlation-id", correlation_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            response = problems.answer_unexpected_error(error)
            if status is not None:
                raise
            await response(scope, receive, answer)
        finally:
            # To log each refusal would cost what overload leaves; a metric counts them.
            if not is_refused(scope):
                seconds = round(time.perf_counter() - started, 4)
                log.info(
                    "request.serve.done",
                    method=scope["method"],
                    route=_route_path(scope),
                    status=status or 500,
                    seconds=seconds,
                )


def _context_ids(headers: dict[bytes, bytes]) -> dict[str, str]:
    given, trace = headers.get(b"x-correlation-id", b""), headers.get(b"traceparent", b"")
    ids = {"correlation_id": given.decode() if _CORRELATION.fullmatch(given) else str(uuid7())}
    return ids | ({"traceparent": trace.decode()} if _TRACE.fullmatch(trace) else {})


def _route_path(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "unknown")
