"""No log line of a whole run names a person, an address or an event."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from services.notifications.consumers import ROUTES
from shared.contracts.catalogue import ERASURE, NOTIFICATIONS_ERASURE, PROFILE, Topic, outbound
from shared.messaging.kafka import Kafka
from shared.messaging.message import Message
from shared.testing.kafka import MakeTopics
from shared.testing.waiting import eventually
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, list_entries
from tests.notifications.lives import KIM, TONI, list_messages
from tests.notifications.mailserver import MailServer
from tests.notifications.processes import serving
from tests.shared.operations.command_line import publish


async def test_no_log_line_of_a_run_names_a_person_or_an_address(
    start: StartService, mailbox: MailServer, kafka: Kafka, make_topics: MakeTopics, tmp_path: Path
) -> None:
    async def refusing(recipient: str) -> str:
        return f"550 5.1.1 <{recipient}> is unknown" if KIM.hex in recipient else "451 busy with " + recipient

    mailbox.answer = refusing
    await make_topics([*ROUTES, NOTIFICATIONS_ERASURE, outbound("daad")])
    log = tmp_path / "log"
    async with start("relay", PARTNERS="daad") as service, serving(log, "consumers", "work"):
        for topic, message in list_messages():
            await send(kafka, topic, message)

        async def all_tried() -> bool:
            found = await list_entries(service)
            return len(found) == 4 and all(entry["attempts"] for entry in found)

        await eventually(all_tried)
        await send(kafka, PROFILE, build.profile(TONI, name="Toni \x00 Musterhaft"))
        await eventually(lambda: service.pool.fetchval("SELECT true FROM parked"))
        await send(kafka, ERASURE, build.erasure(KIM))
        await eventually(lambda: service.pool.fetchval("SELECT true FROM erased WHERE member = $1", KIM))

    written = log.read_text()
    for expected in ("delivery.send.done", "message.apply.parked", "delivery.add.done", "c-1"):
        assert expected in written
    for personal in ("Beispielhaft", "Musterhaft", KIM.hex, TONI.hex, "@example.org", "Regionaltreffen"):
        assert personal not in written


async def send(kafka: Kafka, topic: Topic, message: Message[Any]) -> None:
    """Put a message on a topic, as the owner's relay does."""
    await publish(kafka, topic, [replace(message, correlation_id="c-1")])
