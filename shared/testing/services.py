"""A service in this process: its real parts, and a client for its HTTP interface."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import Any, NamedTuple
from uuid import UUID

import httpx
from structlog.contextvars import clear_contextvars

from shared.contracts.members import MandateRole
from shared.postgres.pool import Pool, open_pool
from shared.runtime.http.app import create_app
from shared.runtime.process import service_lifespan
from shared.runtime.service import Part, Service
from shared.testing.access import build_headers, give_mandates

API: tuple[Part, ...] = ("api",)
COORDINATOR = MandateRole.COORDINATOR


# Those whose coordinator a test's usual client is.
ORGANISATIONS = (
    "auswaertiges-amt",
    "auswaertiges-amt-diplomatenausbildung",
    "daad",
    "deutscher-bundestag",
    "giz",
    "humboldt-stiftung",
)
EVERYTHING = ((MandateRole.OPERATOR, ""), *((COORDINATOR, each) for each in ORGANISATIONS))


class Running(NamedTuple):
    """A service that runs: its HTTP interface, and its pool for looking at tables.

    `http` asks as somebody with an operator's mandate and the mandates of a coordinator of ORGANISATIONS, who is no
    member. The other clients ask as others.
    """

    http: httpx.AsyncClient
    pool: Pool
    app: Any

    def anonymous(self) -> httpx.AsyncClient:
        """Asks as nobody in particular."""
        return open_client(self.app)

    def as_member(self, member: UUID | str) -> httpx.AsyncClient:
        """Asks as this member, who has no mandate."""
        return open_client(self.app, build_headers(member=UUID(str(member))))

    async def as_coordinator(self, *organisations: str, member: UUID | None = None) -> httpx.AsyncClient:
        """Asks as a coordinator of these organisations, and of no others."""
        return await self.as_holder(*((COORDINATOR, each) for each in organisations), member=member)

    async def as_operator(self) -> httpx.AsyncClient:
        """Asks as an operator, who coordinates nothing."""
        return await self.as_holder((MandateRole.OPERATOR, ""))

    async def as_holder(
        self, *mandates: tuple[MandateRole, str], member: UUID | None = None
    ) -> httpx.AsyncClient:
        """Asks as somebody new who holds these mandates."""
        return open_client(self.app, await give_mandates(self.pool, mandates, member))


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
        pool: Pool = app.state.pool
        async with open_client(app, await give_mandates(pool, EVERYTHING)) as http:
            yield Running(http, pool, app)


async def sign_in(dsn: str, schema: str) -> dict[str, str]:
    """Headers of who asks as `Running.http` does, for a service that runs elsewhere on this database."""
    async with await open_pool(dsn, schema, size=1) as pool:
        return await give_mandates(pool, EVERYTHING)


def open_client(app: Any, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    """A client of the app that sends these headers."""
    transport = PatientTransport(app, raise_app_exceptions=False)
    jar = CookieJar(_TakeNone())
    return httpx.AsyncClient(transport=transport, base_url="http://service", headers=headers, cookies=jar)


async def read_outbox(pool: Pool, topic: str | None = None) -> list[tuple[str, str, Any]]:
    """What went out, in order: (type, key, data as JSON, None for a tombstone)."""
    rows = await pool.fetch(
        "SELECT type, key, payload FROM outbox WHERE $1::text IS NULL OR topic = $1 ORDER BY id", topic
    )
    return [(r["type"], r["key"], r["payload"] and json.loads(r["payload"])) for r in rows]
