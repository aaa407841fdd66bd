"""Headers of every answer, whoever made it: what browsers and caches on the way may do with it."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FRAMES = "frame-ancestors"
# An answer that says one of these itself keeps what it says: public pages, feeds and static files may be kept.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"{FRAMES} 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class AnswerHeadersMiddleware:
    """Sets `HEADERS` in every answer that doesn't set them itself, and says in each policy who may frame it: nobody."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers["Content-Security-Policy"] = _close_frames(headers["Content-Security-Policy"])
            await send(message)

        await self._app(scope, receive, answer)


def _close_frames(policy: str) -> str:
    return policy if FRAMES in policy else f"{policy}; {FRAMES} 'none'"
