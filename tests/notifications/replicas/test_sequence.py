"""A replica keeps the newest state of each key; an older one that comes late changes nothing."""

from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.catalogue import MENTORSHIP, OFFER, ORGANISATION, PROFILE, REGISTRATION, Topic
from shared.messaging.message import Message
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, receive

KEY, OTHER = uuid4(), uuid4()
CHANGES: dict[str, tuple[Topic, Message[Any], Message[Any]]] = {
    "organisation": (ORGANISATION, build.organisation(name="Old"), build.organisation(name="New")),
    "recipient": (PROFILE, build.profile(KEY, name="Old Name"), build.profile(KEY, name="New Name")),
    "offer": (OFFER, build.offer(KEY, title="Old"), build.offer(KEY, title="New")),
    "registration": (
        REGISTRATION,
        build.registration(KEY, OTHER, OTHER),
        build.registration(KEY, OTHER, OTHER, "withdrawn"),
    ),
    "mentorship": (MENTORSHIP, build.mentorship(KEY, OTHER), build.mentorship(KEY, OTHER, "ended")),
}


@pytest.mark.parametrize("table", CHANGES)
async def test_an_older_state_that_comes_late_changes_nothing(start: StartService, table: str) -> None:
    topic, old, new = CHANGES[table]
    async with start() as service:
        await receive(service, topic, [old])
        await receive(service, topic, [new])
        newest = await service.pool.fetch(f"SELECT * FROM {table}")
        await receive(service, topic, [old])

        assert await service.pool.fetch(f"SELECT * FROM {table}") == newest
    assert newest[0]["sequence"] == new.sequence
