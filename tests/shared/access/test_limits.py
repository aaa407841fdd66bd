"""Whoever asks too often is told when to come back, and nobody else notices; a flood of addresses takes no memory."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from fastapi import APIRouter, Depends
from limits import parse
from limits.aio.strategies import FixedWindowRateLimiter
from pydantic import ValidationError

from deploy.local.servers import Servers
from shared.access.limits import BoundedStorage, limit
from shared.access.serving import PUBLIC, SignedIn
from shared.runtime.service import Service
from shared.runtime.settings import AccessSettings, Settings
from shared.testing.access import SESSION_KEYS, build_headers
from shared.testing.databases import clone_database
from shared.testing.services import Running, running_service
from tests.shared.conftest import in_database
from tests.shared.toy.app import FOLDER

DOOR = "127.0.0.1"


def from_outside(address: str) -> dict[str, str]:
    """As the front door hands a request over: what a client wrote itself stands before its address."""
    return {"X-Forwarded-For": address}


def build_router() -> APIRouter:
    router = APIRouter()

    @router.get("/news", dependencies=[PUBLIC])
    async def read_news() -> str:
        return "none"

    @router.get("/me")
    async def read_me(asker: SignedIn) -> str:
        return str(asker.account)

    @router.post("/sign-in", dependencies=[PUBLIC, Depends(limit("sign-in", "2 per 15 minutes"))])
    async def sign_in() -> str:
        return "done"

    return router


@pytest.fixture(scope="module")
async def toy(servers: Servers, toy_template: str) -> AsyncIterator[Running]:
    async with clone_database(servers.postgres, toy_template) as name:
        settings = Settings(
            database=in_database(servers.postgres, name),
            kafka="127.0.0.1:9",
            session_keys=SESSION_KEYS,
            network_limit="5 per minute",
            account_limit="3 per minute",
        )
        service = Service(name="toy", folder=FOLDER, settings=settings, router=build_router())
        async with running_service(service) as running:
            yield running


@pytest.fixture(autouse=True)
def _uncounted(toy: Running) -> None:
    toy.app.state.limits._limiters.clear()


async def ask(toy: Running, path: str, times: int, headers: dict[str, str], method: str = "GET") -> list[int]:
    return [(await toy.http.request(method, path, headers=headers)).status_code for _ in range(times)]


async def test_a_network_that_asks_too_often_hears_when_to_come_back(toy: Running) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        assert await ask(toy, "/news", 6, from_outside("192.0.2.1")) == [200] * 5 + [429]

        refused = await toy.http.get("/news", headers=from_outside("192.0.2.1"))
        assert refused.json()["type"] == "/problems/asked-too-often"
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert await ask(toy, "/news", 1, from_outside("192.0.2.2")) == [200]

        clock.shift(timedelta(seconds=int(refused.headers["Retry-After"])))
        assert await ask(toy, "/news", 1, from_outside("192.0.2.1")) == [200]


@pytest.mark.parametrize(
    ("headers", "last"),
    [
        pytest.param([from_outside(f"203.0.113.{n}, 192.0.2.7") for n in range(6)], 429, id="written before"),
        pytest.param([from_outside(f"2001:db8:0:1::{n}") for n in range(6)], 429, id="one /64"),
        pytest.param([from_outside(f"2001:db8:0:{n}::1") for n in range(6)], 200, id="another /64 each"),
        pytest.param([from_outside(a) for a in ("::ffff:192.0.2.8", "192.0.2.8") * 3], 429, id="mapped"),
        pytest.param([{}] * 6, 200, id="from inside"),
    ],
)
async def test_a_network_is_what_the_front_door_says(
    toy: Running, headers: list[dict[str, str]], last: int
) -> None:
    answers = [(await toy.http.get("/news", headers=each)).status_code for each in headers]

    assert answers == [200] * 5 + [last]


async def test_who_isnt_the_front_door_is_believed_no_address(toy: Running) -> None:
    toy.http._transport.client = ("192.0.2.9", 1)  # type: ignore[attr-defined]
    try:
        answers = [
            (await toy.http.get("/news", headers=from_outside(f"203.0.113.{n}"))).status_code
            for n in range(6)
        ]
    finally:
        toy.http._transport.client = (DOOR, 1)  # type: ignore[attr-defined]

    assert answers == [200] * 5 + [429]


async def test_an_account_is_counted_wherever_it_asks_from(toy: Running) -> None:
    kim, lee = build_headers(), build_headers()

    answers = [
        (await toy.http.get("/me", headers=kim | from_outside(f"192.0.2.{n}"))).status_code for n in range(4)
    ]

    assert answers == [200] * 3 + [429]
    assert await ask(toy, "/me", 1, lee) == [200]


async def test_an_endpoint_has_its_own_limit(toy: Running) -> None:
    assert await ask(toy, "/sign-in", 3, from_outside("192.0.2.1"), "POST") == [200, 200, 429]
    assert await ask(toy, "/sign-in", 1, from_outside("192.0.2.2"), "POST") == [200]


async def test_health_is_never_refused(toy: Running) -> None:
    assert await ask(toy, "/livez", 20, from_outside("192.0.2.1")) == [200] * 20


async def test_a_flood_of_addresses_takes_bounded_memory_and_leaves_who_asked_last() -> None:
    storage = BoundedStorage(most=1_000)
    limiter = FixedWindowRateLimiter(storage)
    item = parse("2 per minute")

    for n in range(20_000):
        await limiter.hit(item, str(n))

    assert len(storage) == 1_000
    assert [await limiter.hit(item, "19999") for _ in range(2)] == [True, False]


@pytest.mark.parametrize("text", ["often", "", "-1 per minute"])
def test_what_is_no_limit_cant_be_configured(text: str) -> None:
    with pytest.raises(ValidationError):
        AccessSettings(session_keys=SESSION_KEYS, network_limit=text)
