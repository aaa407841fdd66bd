"""An event that is cancelled, and Kim, who would hear of it."""

from typing import Any
from uuid import UUID, uuid4

from shared.contracts.catalogue import OFFER, ORGANISATION, PROFILE
from shared.contracts.events import OfferState
from shared.messaging.message import Message
from shared.testing.services import Running
from tests.notifications import builders as build
from tests.notifications.conftest import receive

KIM, EVENT = uuid4(), uuid4()


def cancel(offer: UUID = EVENT, **other: Any) -> Message[Any]:
    return build.offer(offer, state=OfferState.CANCELLED, **other)


async def introduce(service: Running) -> None:
    """Let the service know all that a mail to Kim about the event needs."""
    await receive(service, ORGANISATION, [build.organisation()])
    await receive(service, PROFILE, [build.profile(KIM, language="en")])
    await receive(service, OFFER, [build.offer(EVENT)])
