"""Counts without persons."""

from datetime import UTC, datetime
from uuid import uuid4

from shared.contracts.catalogue import ORGANISATION, PROFILE
from tests.notifications import builders as build
from tests.notifications.conftest import (
    StartService,
    receive,
)

NOW = datetime.now(UTC)


async def test_statistics_count_notifications_by_kind_and_state_and_what_the_replicas_hold(
    start: StartService,
) -> None:
    people = [uuid4() for _ in range(5)]
    async with start() as service:
        await receive(service, ORGANISATION, [build.organisation()])
        await receive(service, PROFILE, [build.profile(person, invited_at=NOW) for person in people])

        statistics = (await service.http.get("/statistics")).json()
    assert statistics["deliveries"] == {"invitation": {"due": 5}}
    assert (statistics["members"], statistics["organisations"], statistics["offers"]) == (5, 1, 0)
