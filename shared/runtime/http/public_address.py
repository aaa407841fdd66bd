"""The address at which clients reach a service, for whatever an answer says of it."""

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send


class PublicAddressMiddleware:
    """Lets each request come to the service's own address, whatever its Host or a proxy's headers say.

    So no link or redirect of an answer, which caches keep for others, leads to where a stranger wants it.
    """

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        self._app = app
        self._address = urlsplit(public_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            scope["headers"] = [(b"host", self._address.netloc.encode()), *others]
            scope["scheme"] = self._address.scheme
        await self._app(scope, receive, send)
