"""Problems as pages: what happened and what to do, for a person with a browser; programs get the document as it is."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.contracts.model import N_

PROBLEM = "application/problem+json"
SIGN_IN = "/sign-in"


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says of a problem: what it is, and what to do."""

    title: str
    advice: str


_OURS = Said(
    N_("Something went wrong on our side"),
    N_("Nothing was changed. Try again; if it happens again, tell the operators the number below."),
)
SAID: Mapping[int, Said] = {
    401: Said(
        N_("Sign in to go on"), N_("This page is for members. You come back here when you are signed in.")
    ),
    403: Said(
        N_("This isn't yours to open"),
        N_("Your account has no mandate for it. A coordinator of the organisation can give you one."),
    ),
    404: Said(
        N_("There is nothing at this address"),
        N_("It may be mistyped, what was here may be gone, or it may not be for you."),
    ),
    405: Said(N_("This can't be done here"), N_("Go back to the page you came from, and start from there.")),
    409: Said(
        N_("This doesn't fit what is there"), N_("Someone may have been quicker. Go back and look again.")
    ),
    410: Said(N_("This is gone"), N_("It was here, and was taken away for good.")),
    413: Said(N_("This is too large"), N_("Nothing was changed. Go back, and send less, or a smaller file.")),
    415: Said(
        N_("This can't be read"), N_("Nothing was changed. Go back to the page you came from, and try again.")
    ),
    422: Said(N_("Something in this isn't right"), N_("Nothing was changed. Go back and correct it.")),
    429: Said(N_("That was a lot at once"), N_("Nothing was changed. Wait for a minute, then try again.")),
    503: Said(
        N_("Too much is going on just now"),
        N_("Nothing was changed, and nothing is lost. Try again in a few seconds."),
    ),
}


def say_problem(status: int) -> Said:
    """What a page says of this status."""
    return SAID.get(status) or (_OURS if status >= 500 else SAID[422])


def wants_page(scope: Scope) -> bool:
    """Whether a browser asked, and neither a program nor a script of ours. The front door takes `text/html` out of what
    is asked of interfaces."""
    return "text/html" in Headers(scope=scope).get("accept", "")


def link_sign_in(back: str) -> str:
    """The address where one signs in and then comes back to the path `back`, which may have a query."""
    return f"{SIGN_IN}?return={quote('/' + back.lstrip('/'), safe='/')}"


class ProblemPages:
    """Puts a page in the place of each problem document that is answered to a browser."""

    def __init__(self, app: ASGIApp, show: Callable[[Request, int, Mapping[str, Any]], Response]) -> None:
        self._app = app
        self._show = show

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        held: Message | None = None
        body = b""

        async def answer(message: Message) -> None:
            nonlocal held, body
            if message["type"] == "http.response.start" and _is_problem(message) and wants_page(scope):
                held = message
            elif held is None:
                await send(message)
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body"):
                    await self._show_instead(scope, receive, send, held, body)

        await self._app(scope, receive, answer)

    async def _show_instead(
        self, scope: Scope, receive: Receive, send: Send, held: Message, body: bytes
    ) -> None:
        headers = Headers(raw=held["headers"])
        problem = {**_read_problem(body), "number": headers.get("x-correlation-id", "")}
        page = self._show(Request(scope), held["status"], problem)
        for name, value in headers.items():
            if name not in ("content-type", "content-length"):
                page.headers.setdefault(name, value)
        await page(scope, receive, send)


def _is_problem(message: Message) -> bool:
    return bool(MutableHeaders(scope=message).get("content-type", "").startswith(PROBLEM))


def _read_problem(body: bytes) -> Mapping[str, Any]:
    try:
        problem: Mapping[str, Any] = json.loads(body)
    except ValueError:  # of an answer to HEAD
        return {}
    return problem
