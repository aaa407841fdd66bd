"""The language that a reader chose, kept for the pages after it."""

from fastapi import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web import cookies
from shared.web.query import PageQuery, read_valid


class LanguageCookie:
    """Keeps the language that a page's address names; an address on a foreign page chooses nothing for later."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or b"lang=" not in scope["query_string"]:
            await self._app(scope, receive, send)
            return
        cookie = _write_cookie(Request(scope))

        async def answer(message: Message) -> None:
            if cookie and message["type"] == "http.response.start" and _is_page(message):
                message["headers"] = [*message["headers"], (b"set-cookie", cookie)]
            await send(message)

        await self._app(scope, receive, answer)


def _write_cookie(request: Request) -> bytes | None:
    language = read_valid(PageQuery, request.query_params).lang
    known = request.cookies.get(cookies.LANGUAGE)
    if language in (None, known) or request.headers.get("sec-fetch-site") == "cross-site":
        return None
    answer = Response()
    cookies.set_cookie(answer, request.url, cookies.LANGUAGE, language, cookies.LANGUAGE_SECONDS)
    return answer.headers["set-cookie"].encode()


def _is_page(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/html")
        for name, value in message["headers"]
    )
