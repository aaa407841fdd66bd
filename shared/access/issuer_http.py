"""Requests to issuers: over TLS, to where we mean to, for a bounded time and a bounded answer."""

import asyncio
import json
import ssl
from functools import cache
from typing import Any

import httpx

from shared.access.issuer_settings import require_secure

ANSWER_BYTES = 256 * 1024
SECONDS = 5.0
# An answer that is packed could be small on its way and large in memory.
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}


class IssuerFailed(Exception):
    """The issuer didn't answer, or not with what its standard says; `reason` is ours, and quotes nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def fetch_json(url: str) -> dict[str, Any]:
    """The JSON object at this address. Raises `IssuerFailed`."""
    return await _ask("GET", url)


async def post_form(url: str, form: dict[str, str], auth: tuple[str, str] | None = None) -> dict[str, Any]:
    """The JSON object with which a form is answered; `auth` is the client's id and secret. Raises `IssuerFailed`."""
    return await _ask("POST", url, data=form, auth=auth)


async def _ask(method: str, url: str, **request: Any) -> dict[str, Any]:
    try:
        async with asyncio.timeout(SECONDS):
            body = await _read_bounded(method, require_secure(url), request)
        answer = json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError, OSError) as error:
        raise IssuerFailed(type(error).__name__) from None
    if not isinstance(answer, dict):
        raise IssuerFailed("no JSON object")
    return answer


async def _read_bounded(method: str, url: str, request: dict[str, Any]) -> bytes:
    body = bytearray()
    async with (
        httpx.AsyncClient(verify=_trust_authorities(), follow_redirects=False, timeout=SECONDS) as http,
        http.stream(method, url, headers=_HEADERS, **request) as answer,
    ):
        if answer.status_code != httpx.codes.OK or "content-encoding" in answer.headers:
            raise IssuerFailed(f"status {answer.status_code}")
        async for part in answer.aiter_raw():
            body += part
            if len(body) > ANSWER_BYTES:
                raise IssuerFailed("too large")
    return bytes(body)


@cache
def _trust_authorities() -> ssl.SSLContext:
    """Those of the system, or of the file that SSL_CERT_FILE names."""
    return ssl.create_default_context()
