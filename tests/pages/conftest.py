"""A browser, and the events service with a year of offers at an address that the browser can open."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from deploy.local.ports import free_port
from deploy.local.servers import Servers
from shared.testing.databases import clone_database
from shared.testing.services import running_service
from shared.testing.waiting import eventually
from tests.events.sample_year import run_year
from tests.pages.browser import Browser
from tests.shared.conftest import in_database, toy_template
from tests.shared.toy.app import compose

__all__ = ["toy_template"]


@pytest.fixture(scope="module")
async def site(servers: Servers, template: str) -> AsyncIterator[str]:
    """The address of the service, without a slash at its end."""
    async with run_year(servers, template) as year, serve_pages(year.app) as address:
        yield address


@pytest.fixture(scope="module")
async def gallery(servers: Servers, toy_template: str) -> AsyncIterator[str]:
    """The address of the toy service, whose pages show every part of the kit."""
    async with clone_database(servers.postgres, toy_template) as name:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("ALUMNIBUS_DATABASE", in_database(servers.postgres, name))
            environment.setenv("ALUMNIBUS_KAFKA", "127.0.0.1:9")
            service = compose()
        async with running_service(service) as toy, serve_pages(toy.app) as address:
            yield address


@asynccontextmanager
async def serve_pages(app: Any) -> AsyncIterator[str]:
    """The address of the app, without a slash at its end."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_config=None, access_log=False))
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


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where pictures go: ALUMNIBUS_PICTURES, or a folder that pytest forgets."""
    folder = Path(os.environ.get("ALUMNIBUS_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
