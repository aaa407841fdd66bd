"""Who hears of what: each change of state is told once, in the member's language, when all is known."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from shared.contracts.catalogue import OFFER, ORGANISATION, PROFILE, REGISTRATION
from shared.testing.services import Running
from shared.testing.waiting import eventually
from tests.notifications import builders as build
from tests.notifications.conftest import Start, tell
from tests.notifications.mailserver import MailServer


async def log(service: Running) -> list[tuple[str, str]]:
    entries = (await service.http.get("/deliveries?limit=200")).json()["items"]
    return [(entry["kind"], entry["state"]) for entry in entries]


async def test_one_invitation_goes_out_for_an_organisation_that_invited(
    start: Start, post: MailServer
) -> None:
    kim, now = uuid4(), datetime.now(UTC)
    invited = build.profile(kim, invited_at=now)
    async with start("work") as service:
        await tell(service, ORGANISATION, [build.organisation()])
        await tell(service, PROFILE, [invited, build.profile(kim, invited_at=now)])
        await tell(service, PROFILE, [invited, build.profile(kim, invited_at=now, language="en")])

        [mail] = await eventually(lambda: _accepted(post))

        assert await log(service) == [("invitation", "sent")]
    assert mail["From"] == "Akademischer Dienst <no-reply@example.org>"
    assert mail["To"] == f"Kim Beispiel <m{kim.hex}@example.org>"


async def test_a_silent_join_and_an_invitation_of_long_ago_send_nothing(start: Start) -> None:
    old = datetime.now(UTC) - timedelta(days=31)
    async with start() as service:
        await tell(service, PROFILE, [build.profile(uuid4()), build.profile(uuid4(), invited_at=old)])

        assert await log(service) == [("invitation", "undeliverable")]


async def _accepted(post: MailServer) -> list[Any]:
    return post.accepted
