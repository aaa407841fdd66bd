"""All four services with their HTTP interfaces, for what holds at the edge of each."""

import importlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from deploy.local.servers import Servers
from deploy.postgres import roles
from shared.testing.databases import clone_database
from shared.testing.services import Running, running_service
from tests.conftest import PASSWORDS

ENVIRONMENT = {
    "KAFKA": "127.0.0.1:9",
    "SMTP": "smtp://127.0.0.1:9",
    "PUBLIC_ID_SECRET": "5e" * 32,
    "PUBLIC_URL": "https://alumni.example",
}


@pytest.fixture(scope="package")
async def every_service(servers: Servers, template: str) -> AsyncIterator[Mapping[str, Running]]:
    """Each service by its name, in one database; the brokers' addresses are ones that nobody answers."""
    async with AsyncExitStack() as stack:
        name = await stack.enter_async_context(clone_database(servers.postgres, template))
        yield {
            service: await stack.enter_async_context(start(service, servers, name))
            for service in roles.SERVICES
        }


@asynccontextmanager
async def start(service: str, servers: Servers, name: str) -> AsyncIterator[Running]:
    environment = ENVIRONMENT | {
        "DATABASE": roles.service_dsn(servers.postgres, name, service, PASSWORDS[service])
    }
    async with AsyncExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            for setting, value in environment.items():
                patch.setenv(f"ALUMNIBUS_{setting}", value)
            composed = importlib.import_module(f"services.{service}.app").compose()
            running = await stack.enter_async_context(running_service(composed))
        yield running
