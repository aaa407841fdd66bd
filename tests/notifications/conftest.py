"""What tests of notifications may use: the service on real parts, a mail server, and messages to give it."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeAlias

import pytest

from services.notifications.app import compose
from shared.contracts.catalogue import Topic
from shared.messaging.kafka import Kafka
from shared.messaging.message import Message
from shared.postgres.pool import transaction
from shared.runtime.service import Part
from shared.testing.kafka import set_broker
from shared.testing.services import Running, running_service
from tests.notifications.mailserver import MailServer, mail_server

StartService: TypeAlias = Callable[..., AbstractAsyncContextManager[Running]]

BLOCKED = """
SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"""


@pytest.fixture
async def mailbox() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
def start(
    dsns: Mapping[str, str], kafka: Kafka, mailbox: MailServer, monkeypatch: pytest.MonkeyPatch
) -> StartService:
    """Starts the service with the parts that a test wants; settings by their environment name."""

    def starting(*only: Part, **settings: str) -> AbstractAsyncContextManager[Running]:
        defaults = {
            "DATABASE": dsns["notifications"],
            "SMTP": mailbox.url,
        }
        set_broker(monkeypatch, kafka)
        for name, value in (defaults | settings).items():
            monkeypatch.setenv(f"ALUMNIBUS_{name}", value)
        return running_service(compose(), only=("api", *only))

    return starting


async def receive(service: Running, topic: Topic, messages: Sequence[Message[Any]]) -> None:
    """Give messages to the service's handler of their topic, as its consumer does: in one transaction."""
    async with transaction(service.pool) as tx:
        await service.app.state.service.routes[topic](tx, messages)


async def receive_batch(service: Running, batch: Sequence[tuple[Topic, Message[Any]]]) -> None:
    """Give a batch of several topics to the service's handlers, as its consumer does: topic by topic."""
    async with transaction(service.pool) as tx:
        for topic, handle in service.app.state.service.routes.items():
            if messages := [message for of, message in batch if of is topic]:
                await handle(tx, messages)


async def list_entries(service: Running) -> list[dict[str, Any]]:
    """The delivery log, in its order."""
    answer = await service.http.get("/deliveries?limit=200")
    found: list[dict[str, Any]] = answer.raise_for_status().json()["items"]
    return found


async def list_kinds(service: Running) -> list[str]:
    """The kinds of the delivery log's entries."""
    return [entry["kind"] for entry in await list_entries(service)]


async def list_states(service: Running) -> list[tuple[str, str]]:
    """Kind and state of the delivery log's entries."""
    return [(entry["kind"], entry["state"]) for entry in await list_entries(service)]


async def run_worker(service: Running, name: str) -> int:
    """Let one worker of the service do one step."""
    [worker] = [each for each in service.app.state.service.workers if each.name == name]
    return int(await worker.step(service.pool))
