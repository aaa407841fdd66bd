"""Sending: what becomes of one mail that is refused, or that something is wrong with; the others go."""

from uuid import uuid4

import pytest

from shared.contracts.catalogue import ORGANISATION, PROFILE
from shared.testing.waiting import eventually
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, list_entries, receive, run_worker
from tests.notifications.mailserver import MailServer
from tests.notifications.sending import NOW, count_states, has_states, invite


async def test_a_refusal_for_good_is_failed_with_its_reason_and_without_the_address(
    start: StartService, mailbox: MailServer
) -> None:
    async def refusing(recipient: str) -> str:
        return f"550 5.1.1 <{recipient}> is unknown here"

    mailbox.answer = refusing
    async with start() as service:
        await invite(service, [uuid4()])
        await run_worker(service, "send default 0")

        [entry] = await list_entries(service)
    assert (entry["state"], entry["reason"]) == ("failed", "550 5.1.1 (address) is unknown here")


async def test_a_refusal_for_now_is_tried_again_later_and_does_not_hold_up_others(
    start: StartService, mailbox: MailServer
) -> None:
    members = [uuid4() for _ in range(5)]
    greylisted = f"m{members[0].hex}@example.org"

    async def answering(recipient: str) -> str:
        return "451 4.7.1 come back later" if recipient == greylisted else "250 kept"

    mailbox.answer = answering
    async with start() as service:
        await invite(service, members)
        await run_worker(service, "send default 0")
        waiting = [entry for entry in await list_entries(service) if entry["state"] == "due"]
        assert [entry["reason"] for entry in waiting] == ["451 4.7.1 come back later"]
        assert await run_worker(service, "send default 0") == 0
        mailbox.answer = MailServer().answer
        await service.pool.execute("UPDATE delivery SET due_at = now()")
        await run_worker(service, "send default 0")

        assert await count_states(service) == {"sent": 5}


@pytest.mark.parametrize(("attempts", "longest"), [(0, 30), (3, 240), (7, 3600), (50, 3600)])
async def test_the_time_until_the_next_attempt_doubles_up_to_an_hour(
    start: StartService, mailbox: MailServer, attempts: int, longest: float
) -> None:
    async def refusing(_recipient: str) -> str:
        return "451 4.7.1 come back later"

    mailbox.answer = refusing
    async with start() as service:
        await invite(service, [uuid4()])
        await service.pool.execute("UPDATE delivery SET attempts = $1", attempts)
        await run_worker(service, "send default 0")

        wait = await service.pool.fetchval("SELECT extract(epoch FROM due_at - now())::float FROM delivery")
    assert longest / 2 - 5 < wait <= longest


async def test_a_mail_that_makes_the_server_hang_up_lets_the_others_pass(
    start: StartService, mailbox: MailServer
) -> None:
    members = [uuid4() for _ in range(5)]
    evil = f"m{members[0].hex}@example.org"

    async def answering(recipient: str) -> str:
        return "421 4.3.0 closing" if recipient == evil else "250 kept"

    mailbox.answer = answering
    async with start("work") as service:
        await invite(service, members)
        await eventually(lambda: has_states(service, {"sent": 4, "due": 1}))


async def test_a_mail_that_can_not_be_written_fails_and_the_others_go(
    start: StartService, mailbox: MailServer
) -> None:
    async with start() as service:
        await receive(service, ORGANISATION, [build.organisation()])
        await receive(service, PROFILE, [build.profile(uuid4(), invited_at=NOW, email="kein Postfach")])
        await invite(service, [uuid4()])
        await run_worker(service, "send default 0")

        assert await count_states(service) == {"failed": 1, "sent": 1}
