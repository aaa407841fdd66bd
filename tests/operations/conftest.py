"""What a walk stands on: the toy service, whose clocks go fast, and all that is logged."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

import pytest
from structlog.testing import capture_logs

from services.notifications.deliveries import work as deliveries_work
from shared.messaging.consumer import assignment, consumer, watchdog
from shared.messaging.kafka import Kafka
from shared.postgres.pool import Pool
from shared.runtime import process
from shared.runtime.worker import Worker
from shared.testing.kafka import set_broker
from tests.notifications.mailserver import MailServer, mail_server
from tests.operations.network import Services, compose_all
from tests.operations.operator import Log
from tests.shared.conftest import corner, dsn, pool, toy_template

__all__ = ["corner", "dsn", "pool", "toy_template"]


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Metrics are renewed, topics and deliveries looked at, many times a second, not every five or fifteen."""

    def hasty(name: str, step: Callable[[Pool], Awaitable[int]], every: float) -> Worker:
        return Worker(name, step, every / 100)

    monkeypatch.setattr(process, "Worker", hasty)
    monkeypatch.setattr(watchdog, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(deliveries_work, "SWEEP_SECONDS", 0.5)
    monkeypatch.setattr(assignment, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(consumer, "HEARTBEAT_SECONDS", 0.2)
    monkeypatch.setattr(consumer, "METADATA_SECONDS", 1)


@pytest.fixture
def log() -> Iterator[Log]:
    """The lines that were logged so far."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def toy(dsn: str, corner: Kafka, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What the toy service is told by its environment."""
    monkeypatch.setenv("ALUMNIBUS_DATABASE", dsn)
    set_broker(monkeypatch, corner)
    return monkeypatch


@pytest.fixture
async def mailbox() -> AsyncIterator[MailServer]:
    """Where the four services send their mails."""
    async with mail_server() as server:
        yield server


@pytest.fixture
def services(
    dsns: Mapping[str, str], kafka: Kafka, mailbox: MailServer, monkeypatch: pytest.MonkeyPatch
) -> Services:
    """The four services, not running yet."""
    return compose_all(dsns, kafka, mailbox.url, monkeypatch)
