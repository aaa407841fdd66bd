"""What a member gets who joins: one invitation from each organisation that invites."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.contracts.catalogue import ORGANISATION, PROFILE
from tests.notifications import builders as build
from tests.notifications.conftest import (
    StartService,
    list_states,
    receive,
)

NOW = datetime.now(UTC)


async def test_an_organisation_invites_a_member_once_however_often_the_profile_changes(
    start: StartService,
) -> None:
    kim = uuid4()
    invited = build.profile(kim, invited_at=NOW)
    async with start() as service:
        await receive(service, ORGANISATION, [build.organisation(), build.organisation("giz")])
        await receive(service, PROFILE, [invited, build.profile(kim, invited_at=NOW)])
        await receive(service, PROFILE, [invited, build.profile(kim, invited_at=NOW, language="en")])
        await receive(service, PROFILE, [build.profile(kim, invited_at=NOW, organisations=("daad", "giz"))])

        assert await list_states(service) == [("invitation", "due"), ("invitation", "due")]


async def test_a_silent_join_and_an_invitation_of_long_ago_send_nothing(start: StartService) -> None:
    old = NOW - timedelta(days=31)
    async with start() as service:
        await receive(service, PROFILE, [build.profile(uuid4()), build.profile(uuid4(), invited_at=old)])

        assert await list_states(service) == [("invitation", "undeliverable")]


async def test_an_old_profile_that_comes_late_changes_nothing(start: StartService) -> None:
    kim = uuid4()
    before = build.profile(kim, email="before@example.org")
    async with start() as service:
        await receive(service, PROFILE, [build.profile(kim, email="now@example.org"), before])

        assert await service.pool.fetchval("SELECT email FROM recipient") == "now@example.org"
