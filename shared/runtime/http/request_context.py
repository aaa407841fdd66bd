"""The context of a request: its correlation id in all that is logged meanwhile, and one line of its own at the end."""

import re
import time

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars
from uuid_utils.compat import uuid7

from shared.runtime.http.admission import is_refused
from shared.runtime.http.problems import answer_unexpected_error
from shared.traces import spans

log = structlog.get_logger(__name__)

_CORRELATION = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


class RequestContextMiddleware:
    """Binds correlation id and trace, and logs each request without its query or its values."""

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
            response = answer_unexpected_error(error)
            if status is not None:
                raise
            await response(scope, receive, answer)
        finally:
            # To log each refusal would cost what overload leaves; a metric counts them.
            if not is_refused(scope):
                _log_request(scope, status or 500, time.perf_counter() - started)


def _log_request(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "unknown")
    log.info(
        "request.serve.done", method=scope["method"], route=route, status=status, seconds=round(seconds, 4)
    )


def _context_ids(headers: dict[bytes, bytes]) -> dict[str, str]:
    given = headers.get(b"x-correlation-id", b"")
    ids = {"correlation_id": given.decode() if _CORRELATION.fullmatch(given) else str(uuid7())}
    trace = spans.current_traceparent() or spans.read_traceparent(headers.get(b"traceparent"))
    return ids | ({"traceparent": trace} if trace else {})
