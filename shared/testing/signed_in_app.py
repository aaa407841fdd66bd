"""An app to which all requests are those of one person, and whom its operations refused."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.access.limits import Limits
from shared.testing.access import build_headers

_ENOUGH = "1000000 per second"
# Whoever signs out everywhere is signed in again a second later.
_AHEAD = timedelta(seconds=2)
_CREDENTIALS = frozenset({b"cookie", b"sec-fetch-site"})


class SignedInApp:
    """Passes requests to an app as this account's and member's, with what else they are.

    Each has a session of its own: one of them may end all that there are. The account may ask as often as it likes.
    """

    def __init__(self, app: Any, account: UUID, member: UUID) -> None:
        self._app: ASGIApp = app
        self._account = account
        self._member = member
        self._asked: set[str] = set()
        self._served: set[str] = set()
        app.state.limits = Limits((), _ENOUGH, _ENOUGH)

    def list_refused(self) -> set[str]:
        """The operations that were asked, and answered nothing but that this isn't for whoever asks."""
        return self._asked - self._served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request."""

        async def note(message: Message) -> None:
            if (
                message["type"] == "http.response.start"
                and "route" in scope
                and scope["route"].include_in_schema
            ):
                operation = f"{scope['method']} {scope['route'].path}"
                self._asked.add(operation)
                if message["status"] not in (401, 403):
                    self._served.add(operation)
            await send(message)

        own = build_headers(self._account, self._member, ahead=_AHEAD).items()
        kept = [(name, value) for name, value in scope["headers"] if name not in _CREDENTIALS]
        scope["headers"] = [*kept, *((name.lower().encode(), value.encode()) for name, value in own)]
        await self._app(scope, receive, note)
