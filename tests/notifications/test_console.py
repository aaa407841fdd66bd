"""What the console says of notifications alone, to operators alone: deliveries by state, and partners."""

from datetime import UTC, datetime
from uuid import uuid4

from shared.contracts.catalogue import ORGANISATION, PROFILE
from tests.events.pages import read
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, receive
from tests.shared.web.page_reader import BROWSER, GERMAN

CONSOLE, PARTNERS = "/console/notifications", "/console/notifications/partners"


async def test_an_operator_sees_deliveries_by_state_and_who_has_systems_of_its_own(
    start: StartService,
) -> None:
    async with start(PARTNERS="daad,unknown") as running:
        operator, coordinator = await running.as_operator(), await running.as_coordinator("daad")
        await receive(running, ORGANISATION, [build.organisation()])
        await receive(running, PROFILE, [build.profile(uuid4(), invited_at=datetime.now(UTC)) for _ in "123"])
        await running.pool.execute(
            "UPDATE delivery SET state = 'failed', envelope = NULL WHERE place = (SELECT min(place) FROM delivery)"
        )

        page = await read(operator, CONSOLE)
        partners = await read(operator, PARTNERS)
        german = (await operator.get(PARTNERS, headers=GERMAN)).text

        assert "<dt>Is being sent</dt><dd>2</dd>" in page
        assert "<dt>Failed</dt><dd>1</dd>" in page
        assert "2 partners have systems of their own" in partners
        assert "notifications.outbound.daad.v1" in partners
        assert "events.offer.v1" in partners
        assert "members.profile.v1" not in partners
        assert "2 Partner haben eigene Systeme" in german
        await read(coordinator, PARTNERS, 403)
        assert (await running.anonymous().get(PARTNERS, headers=BROWSER)).status_code == 303
