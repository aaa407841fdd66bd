"""A browser, and the events service with a year of offers at an address that the browser can open."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
import uvicorn

from deploy.local.ports import free_port
from deploy.local.servers import Servers
from shared.testing.waiting import eventually
from tests.events.sample_year import run_year
from tests.pages.browser import Browser


@pytest.fixture(scope="module")
async def site(servers: Servers, template: str) -> AsyncIterator[str]:
    """The address of the service, without a slash at its end."""
    async with run_year(servers, template) as year:
        port = free_port()
        server = uvicorn.Server(
            uvicorn.Config(year.app, port=port, lifespan="off", log_config=None, access_log=False)
        )
        serving = asyncio.create_task(server.serve())

        async def started() -> bool:
            return server.started

        await eventually(started)
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        await serving


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A fresh browser."""
    made = Browser()
    yield made
    made.close()
