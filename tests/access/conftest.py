"""The four services with their HTTP interfaces, which the walks over all routes share."""

import importlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

import pytest

from deploy.local.servers import Servers
from deploy.postgres import roles
from shared.testing.databases import clone_database
from shared.testing.services import Running, running_service
from tests.conftest import PASSWORDS

SETTINGS = {
    "KAFKA": "127.0.0.1:9",
    "SMTP": "smtp://127.0.0.1:9",
    "PUBLIC_ID_SECRET": "5e" * 32,
    "PUBLIC_URL": "https://alumni.example",
}


@pytest.fixture(scope="package")
async def services(servers: Servers, template: str) -> AsyncIterator[Mapping[str, Running]]:
    """Each service by its name, in one database; nothing is sent to Kafka."""
    async with AsyncExitStack() as stack:
        name = await stack.enter_async_context(clone_database(servers.postgres, template))
        running = {}
        for service in roles.SERVICES:
            dsn = roles.service_dsn(servers.postgres, name, service, PASSWORDS[service])
            with pytest.MonkeyPatch.context() as patch:
                for setting, value in (SETTINGS | {"DATABASE": dsn}).items():
                    patch.setenv(f"ALUMNIBUS_{setting}", value)
                composed = importlib.import_module(f"services.{service}.app").compose()
                running[service] = await stack.enter_async_context(running_service(composed))
                # What is answered without an end, ends after its beginning.
                running[service].app.state.ending.set()
        yield running
