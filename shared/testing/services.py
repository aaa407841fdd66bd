"""A service in this process: its real parts, and a client for its HTTP interface."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import Any, NamedTuple

import httpx
from structlog.contextvars import clear_contextvars

from shared.postgres.pool import Pool
from shared.runtime.http.app import create_app
from shared.runtime.process import service_lifespan
from shared.runtime.service import Part, Service

API: tuple[Part, ...] = ("api",)


class Running(NamedTuple):
    """A service that runs: its HTTP interface, and its pool for looking at tables."""

    http: httpx.AsyncClient
    pool: Pool
    app: Any


class PatientTransport(httpx.ASGITransport):
    """Asks again what was refused as overload, as the service says, but sooner."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        while True:
            answer = await super().handle_async_request(request)
            if answer.status_code != 503 or answer.headers.get("retry-after") != "1":
                return answer
            await asyncio.sleep(0.1)


class _TakeNone(DefaultCookiePolicy):
    """As programs do: what one test's page sets, no other test sends. What a test sets itself is sent."""

    def set_ok(self, cookie: Cookie, request: Any) -> bool:
        return False


@asynccontextmanager
async def running_service(service: Service, only: Collection[Part] = API) -> AsyncIterator[Running]:
    """Run parts of a service until the block ends."""
    clear_contextvars()
    app = create_app(service, lambda app: service_lifespan(app, service, only))
    async with service_lifespan(app, service, only):
        transport = PatientTransport(app, raise_app_exceptions=False)
        jar = CookieJar(_TakeNone())
        async with httpx.AsyncClient(transport=transport, base_url="http://service", cookies=jar) as http:
            yield Running(http, app.state.pool, app)


async def read_outbox(pool: Pool, topic: str | None = None) -> list[tuple[str, str, Any]]:
    """What went out, in order: (type, key, data as JSON, None for a tombstone)."""
    rows = await pool.fetch(
        "SELECT type, key, payload FROM outbox WHERE $1::text IS NULL OR topic = $1 ORDER BY id", topic
    )
    return [(r["type"], r["key"], r["payload"] and json.loads(r["payload"])) for r in rows]
