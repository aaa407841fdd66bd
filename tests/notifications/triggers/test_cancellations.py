"""What members get when an offer is cancelled."""

from uuid import uuid4

from shared.contracts.catalogue import OFFER, REGISTRATION
from shared.contracts.events import OfferState
from tests.notifications import builders as build
from tests.notifications.conftest import (
    StartService,
    list_entries,
    receive,
)


async def test_who_holds_or_awaits_a_seat_is_notified_when_the_offer_is_cancelled(
    start: StartService,
) -> None:
    event, people = uuid4(), [uuid4(), uuid4(), uuid4()]
    states = ("registered", "waitlisted", "withdrawn")
    async with start() as service:
        await receive(service, OFFER, [build.offer(event)])
        registered = [
            build.registration(uuid4(), event, p, state) for p, state in zip(people, states, strict=True)
        ]
        await receive(service, REGISTRATION, registered)
        cancelled = build.offer(event, state=OfferState.CANCELLED)
        await receive(service, OFFER, [cancelled])
        await receive(service, OFFER, [cancelled, build.offer(event, state=OfferState.CANCELLED)])

        notified = {e["member"] for e in await list_entries(service) if e["kind"] == "offer-cancelled"}
        assert notified == {str(people[0]), str(people[1])}
