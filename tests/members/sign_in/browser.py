"""A browser for the tests of signing in: it keeps cookies, and follows no redirect by itself."""

from http.cookies import SimpleCookie
from typing import Any

import httpx

OURS = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
FOREIGN = {"Accept": "text/html", "Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}


class Browser:
    """Its cookies are those of one person's browser."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self.cookies: dict[str, str] = {}

    async def get(self, path: str, **options: Any) -> httpx.Response:
        """Open a page."""
        return await self._ask("GET", path, **options)

    async def post(self, path: str, fields: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        """Send a form of our own page."""
        return await self._ask("POST", path, data=fields or {"_": ""}, **options)

    async def _ask(
        self, method: str, path: str, headers: dict[str, str] = OURS, **options: Any
    ) -> httpx.Response:
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        sent = headers | (cookie if self.cookies else {})
        answer = await self._http.request(method, path, headers=sent, **options)
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies.pop(name, None)
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
        return answer
