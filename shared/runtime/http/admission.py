"""Admission: what a process takes upon itself at once. Beyond it a request is refused within a second, as overload."""

from collections import deque
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.http.bodies import find_body
from shared.runtime.http.lanes import Lane
from shared.runtime.http.problems import problem_response

# A process is bound by its core: more in work at once make each slower, and all no faster.
REQUESTS_IN_WORK = 6
UPLOADS_IN_WORK = 2
# Nobody holds a place in work with a body that doesn't come.
BODIES_IN_TRANSIT = 32
PROBES = ("/livez", "/readyz", "/metrics")

_REFUSED = "alumnibus.refused"
OVERLOADED = problem_response(
    503,
    "overloaded",
    "More is asked of this service than it can do at the moment. Nothing was done: try again in a second.",
    {"Retry-After": "1"},
)


class AdmissionMiddleware:
    """Lets so many requests in at once as there are connections for them: none waits for a connection.

    A request leaves when its answer begins, so that nobody holds a place by reading slowly. A body is taken before the
    request comes in, but for uploads: these have places of their own.
    """

    def __init__(self, app: ASGIApp, requests: Lane) -> None:
        self._app = app
        self._requests = requests
        self._uploads = Lane("uploads", UPLOADS_IN_WORK)
        self._bodies = Lane("bodies", BODIES_IN_TRANSIT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(PROBES):
            await self._app(scope, receive, send)
            return
        body = find_body(scope)
        if body is None:
            await self._serve_in(self._requests, scope, receive, send)
        elif body.is_upload:
            await self._serve_in(self._uploads, scope, receive, send)
        else:
            await self._serve_with_body(scope, receive, send)

    async def _serve_with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not await self._bodies.enter():
            await _refuse(scope, receive, send)
            return
        try:
            taken = await _take_body(receive)
        finally:
            self._bodies.leave()
        await self._serve_in(self._requests, scope, taken, send)

    async def _serve_in(self, lane: Lane, scope: Scope, receive: Receive, send: Send) -> None:
        if not await lane.enter():
            await _refuse(scope, receive, send)
            return
        leave = _only_once(lane.leave)

        async def answer(message: Message) -> None:
            leave()
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            leave()


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    scope[_REFUSED] = True
    await OVERLOADED(scope, receive, send)


def is_refused(scope: Scope) -> bool:
    """Whether this request was refused as overload."""
    return _REFUSED in scope


async def _take_body(receive: Receive) -> Receive:
    """The body as it came, or why it is refused, for who asks for it."""
    came: deque[Message] = deque()
    refusal: HTTPException | None = None
    try:
        while not came or came[-1].get("more_body"):
            came.append(await receive())
    except HTTPException as error:
        refusal = error

    async def taken() -> Message:
        if refusal is not None:
            raise refusal
        return came.popleft() if came else await receive()

    return taken


def _only_once(act: Callable[[], None]) -> Callable[[], None]:
    done = False

    def once() -> None:
        nonlocal done
        if not done:
            done = True
            act()

    return once
