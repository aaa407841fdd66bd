"""The four services in this process, with all their parts, on a corner of the servers."""

import importlib
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from shared.messaging.kafka import Kafka
from shared.runtime.service import PARTS
from shared.testing.kafka import set_broker
from shared.testing.services import Running, running_service

ORIGIN = "https://alumni.example"
# The world hears of everybody each second; of requests when a test says so. Nobody takes the mails.
SETTINGS = {
    "PUBLIC_URL": ORIGIN,
    "PUBLIC_ID_SECRET": "ab" * 32,
    "SMTP": "smtp://127.0.0.1:9",
    "PARTNERS": "giz",
}
RELEASES = {"RELEASE_SECONDS": "1", "RELEASE_MINIMUM": "1"}


@asynccontextmanager
async def running_services(dsns: Mapping[str, str], kafka: Kafka) -> AsyncIterator[Mapping[str, Running]]:
    """Each service by its name until the block ends."""
    async with AsyncExitStack() as stack:
        running = {}
        for service, dsn in dsns.items():
            own = RELEASES if service != "matching" else {}
            with pytest.MonkeyPatch.context() as patch:
                set_broker(patch, kafka)
                for setting, value in (SETTINGS | own | {"DATABASE": dsn}).items():
                    patch.setenv(f"ALUMNIBUS_{setting}", value)
                composed = importlib.import_module(f"services.{service}.app").compose()
                running[service] = await stack.enter_async_context(running_service(composed, PARTS))
        yield running
