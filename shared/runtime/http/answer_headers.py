"""Headers of every answer, whoever made it: what browsers and caches on the way may do with it."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FRAMES = "frame-ancestors"
# An answer that says one of these itself keeps what it says: public pages, feeds and static files may be kept.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; {FRAMES} 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_STRICT = {"Strict-Transport-Security": "max-age=31536000"}


class AnswerHeadersMiddleware:
    """Sets `HEADERS` in every answer that doesn't set them itself, and says in each policy who may frame it: nobody.

    Where clients come by TLS, at `public_url`, their browsers are told never to come without.
    """

    def __init__(self, app: ASGIApp, public_url: str = "") -> None:
        self._app = app
        self._headers = HEADERS | (_STRICT if public_url.startswith("https://") else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers["Content-Security-Policy"] = _close_frames(headers["Content-Security-Policy"])
            await send(message)

        await self._app(scope, receive, answer)


def _close_frames(policy: str) -> str:
    return policy if FRAMES in policy else f"{policy}; {FRAMES} 'none'"
