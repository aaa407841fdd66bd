"""The matching service with its HTTP API, in a database of its own."""

from collections.abc import AsyncIterator, Mapping

import pytest

from services.matching.app import compose
from shared.messaging.kafka import Kafka
from shared.testing.kafka import set_broker
from shared.testing.services import Running, running_service
from tests.matching.network import Network


@pytest.fixture
def environment(dsns: Mapping[str, str], kafka: Kafka, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the service, for this test's database and corner of Kafka."""
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsns["matching"])
    set_broker(monkeypatch, kafka)


@pytest.fixture
async def matching(environment: None) -> AsyncIterator[Running]:
    async with running_service(compose()) as running:
        yield running


@pytest.fixture
def network(matching: Running) -> Network:
    """Members, desks and requests, made through the service's API and message handlers."""
    return Network(matching)
