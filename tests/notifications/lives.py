"""Two synthetic persons, and what the other services say of them."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from shared.contracts.catalogue import MENTORSHIP, OFFER, ORGANISATION, PROFILE, REGISTRATION, Topic
from shared.messaging.message import Message
from shared.testing.services import Running
from tests.notifications import builders as build
from tests.notifications.conftest import receive

KIM, TONI = uuid4(), uuid4()


def list_messages() -> list[tuple[Topic, Message[Any]]]:
    """A registration, an invitation and an agreement of the two."""
    event, request, accepted = uuid4(), uuid4(), [(uuid4(), TONI, "accepted")]
    return [
        (ORGANISATION, build.organisation()),
        (PROFILE, build.profile(KIM, name="Kim Beispielhaft", invited_at=datetime.now(UTC))),
        (PROFILE, build.profile(TONI, name="Toni Musterhaft")),
        (OFFER, build.offer(event)),
        (REGISTRATION, build.registration(uuid4(), event, KIM)),
        (MENTORSHIP, build.mentorship(request, KIM, "agreed", accepted, adviser=TONI)),
    ]


async def receive_all(service: Running) -> None:
    """Give the service all of it, each message in a transaction of its own."""
    for topic, message in list_messages():
        await receive(service, topic, [message])
