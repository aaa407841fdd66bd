"""Every answer of every service says who may keep and frame it: nobody, unless it is public."""

from collections.abc import AsyncIterator, Mapping
from unittest.mock import AsyncMock, Mock
from uuid import uuid4

import httpx
import pytest
from asyncpg.pool import Pool
from fastapi.routing import iter_route_contexts
from structlog.testing import capture_logs

from deploy.postgres.roles import SERVICES
from shared.runtime.http.lanes import Lane
from shared.testing.services import Running
from shared.web.assets import asset_path

# Whoever asks gets the same of these: caches may keep them.
PUBLIC = {
    "/": "no-cache",
    "/events/{slug}": "no-cache",
    "/partners": "no-cache",
    "/partners/changes": "no-cache",
    "/partners/topics/{name}": "no-cache",
    "/offers.ics": "public, max-age=60",
    "/offers.atom": "public, max-age=60",
    "/offers.csv": "public, max-age=60",
    "/offers.json": "public, max-age=60",
    "/static/{name}": "public, max-age=31536000, immutable",
    "/schemas/{name}": "public, max-age=300",
}
# Keeps whoever is there signed in, once an hour.
RENEWING = {"/session/renewed.svg": "private, max-age=3600"}
KNOWN = {
    "/static/{name}": asset_path("alumnibus.css"),
    "/partners/topics/{name}": "/partners/topics/events.offer.v1",
    "/readyz/{part}": "/readyz/api",
    "/schemas/{name}": "/schemas/members.profile.v1.json",
}
LIVE = {f"/console/{service}/live" for service in SERVICES}
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "BREW")


async def walk(running: Running) -> AsyncIterator[tuple[str, httpx.Response]]:
    """Each route with its answer to each method, to nothing known and to something known, in time and under load."""
    anonymous = running.anonymous()
    # What is told live is an answer that goes on.
    for route in {route.path or "" for route in iter_route_contexts(running.app.routes)} - LIVE:
        path = KNOWN.get(route, route)
        while "{" in path:
            path = path[: path.index("{")] + str(uuid4()) + path[path.index("}") + 1 :]
        http = anonymous if route in PUBLIC else running.http
        for method in METHODS:
            yield route, await http.request(method, path, json={"unknown": 1})
            yield route, await http.request(method, path, content=b"x", headers={"content-type": "a/b"})
        yield route, await http.get(path, params={"unknown": 1})
        yield route, await http.post(path, json="x" * 300_000)
    yield "", await running.http.get("/nothing/here")


async def test_each_answer_of_each_route_says_who_may_keep_and_frame_it(
    every_service: Mapping[str, Running],
) -> None:
    statuses = set()
    for running in every_service.values():
        async for route, answer in walk(running):
            statuses.add(answer.status_code)
            check(route, answer)

    assert statuses >= {200, 404, 405, 413, 422}


@pytest.mark.parametrize(("broken", "status"), [(ValueError, 500), (ConnectionRefusedError, 503)])
async def test_answers_about_what_went_wrong_say_it_too(
    every_service: Mapping[str, Running],
    broken: type[Exception],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Pool, "acquire", Mock(side_effect=broken))
    for running in every_service.values():
        with capture_logs():
            check("/statistics", answer := await running.http.get("/statistics"))
        assert answer.status_code == status


async def test_answers_of_overload_say_it_too(
    every_service: Mapping[str, Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lane, "enter", AsyncMock(return_value=False))
    for running in every_service.values():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(running.app), base_url="http://s") as http:
            check("/statistics", answer := await http.get("/statistics"))
        assert answer.json()["type"] == "/problems/overloaded"


def check(route: str, answer: httpx.Response) -> None:
    headers, where = answer.headers, f"{answer.request.method} {answer.request.url} {answer.status_code}"
    assert headers["X-Content-Type-Options"] == "nosniff", where
    assert headers["Referrer-Policy"] == "same-origin", where
    policy = headers["Content-Security-Policy"]
    assert policy.startswith(("default-src 'none'", "sandbox; default-src 'none'")), where
    assert "frame-ancestors 'none'" in policy, where
    assert "unsafe" not in policy, where
    assert headers["Strict-Transport-Security"] == "max-age=31536000", where
    kept = headers["Cache-Control"]
    if answer.is_success:
        known = {**PUBLIC, **RENEWING}.get(route)
        assert kept == known if known else "no-store" in kept, where
