"""What a member gets who registers: each change of the registration's state, once."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.contracts.catalogue import REGISTRATION
from tests.notifications import builders as build
from tests.notifications.conftest import (
    StartService,
    list_entries,
    list_kinds,
    receive,
)

NOW = datetime.now(UTC)


async def test_each_step_of_a_registration_is_notified_once(start: StartService) -> None:
    kim, event, place = uuid4(), uuid4(), uuid4()
    steps = [
        build.registration(place, event, kim, "waitlisted", position=2),
        build.registration(place, event, kim, "registered", moved_up=True),
        build.registration(place, event, kim, "registered", moved_up=True),
        build.registration(place, event, kim, "withdrawn"),
        build.registration(place, event, kim, "registered"),
    ]
    async with start() as service:
        await receive(service, REGISTRATION, steps[:3])
        await receive(service, REGISTRATION, steps[1:])
        await receive(service, REGISTRATION, steps)

        assert await list_kinds(service) == ["waitlisted", "moved-up", "withdrawn", "registered"]


async def test_an_old_state_that_comes_late_changes_nothing(start: StartService) -> None:
    kim, event, place = uuid4(), uuid4(), uuid4()
    old = build.registration(place, event, kim, "waitlisted")
    async with start() as service:
        await receive(service, REGISTRATION, [build.registration(place, event, kim), old])

        assert await list_kinds(service) == ["registered"]


async def test_a_registration_of_long_ago_that_is_published_again_is_no_news(start: StartService) -> None:
    """As to a service whose own data was lost: the message is new, what it says is old."""
    registered = build.registration(uuid4(), uuid4(), uuid4(), at=NOW - timedelta(days=31))
    async with start() as service:
        await receive(service, REGISTRATION, [registered])

        [entry] = await list_entries(service)
    assert (entry["state"], entry["reason"]) == ("undeliverable", "too long ago")
