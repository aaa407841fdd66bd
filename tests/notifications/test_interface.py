"""The interface of notifications keeps its promises, whatever is sent to it."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from shared.contracts.catalogue import ORGANISATION, PROFILE
from shared.testing import openapi
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, receive, run_worker


@pytest.mark.timeout(600)
async def test_notifications_answer_any_request_as_their_interface_says(start: StartService) -> None:
    async with start() as service:
        await receive(service, ORGANISATION, [build.organisation()])
        people = [build.profile(uuid4(), invited_at=datetime.now(UTC)) for _ in range(20)]
        await receive(service, PROFILE, people)
        await run_worker(service, "compose")

        await openapi.check_interface(service)
