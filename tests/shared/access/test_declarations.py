"""An app with an endpoint that doesn't say whom it serves doesn't start."""

from contextlib import nullcontext
from pathlib import Path

import pytest
from fastapi import APIRouter

from shared.access.serving import PUBLIC, SignedIn, Undeclared
from shared.runtime.http.app import create_app
from shared.runtime.service import Service
from shared.runtime.settings import Settings


def start(router: APIRouter) -> None:
    """Make the app of a service with these endpoints."""
    settings = Settings(database="postgresql://nobody@127.0.0.1:1/nothing", kafka="127.0.0.1:1")
    service = Service(name="members", settings=settings, folder=Path(__file__).parent, router=router)
    create_app(service, lambda app: nullcontext())


def test_an_endpoint_that_says_nothing_is_named_and_nothing_starts() -> None:
    router = APIRouter()

    @router.get("/told", dependencies=[PUBLIC])
    @router.post("/silent/{part}")
    async def answer() -> None:
        """Say nothing."""

    with pytest.raises(Undeclared, match=r"POST /silent/\{part\}$"):
        start(router)


def test_each_way_of_saying_it_is_enough() -> None:
    router = APIRouter()
    inside = APIRouter(dependencies=[PUBLIC])

    @inside.get("/by-router")
    async def answer_everybody() -> None:
        """Say nothing."""

    @router.get("/by-parameter")
    async def answer_somebody(asker: SignedIn) -> None:
        """Say nothing."""

    router.include_router(inside)
    start(router)
