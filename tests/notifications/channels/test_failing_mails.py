"""A mail that raises what nobody expects, or ends its process: it alone fails, and the others go."""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import aiosmtplib
import asyncpg
import pytest

from services.notifications.channels import claims, mail
from services.notifications.channels.targets import CircuitBreaker
from shared.contracts.catalogue import ORGANISATION, PROFILE
from shared.runtime.attempts import MOST_LOST
from shared.runtime.metrics import read_failed_items
from shared.testing.services import Running
from shared.testing.waiting import eventually
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, list_entries, receive, run_worker
from tests.notifications.mailserver import MailServer
from tests.raised import PASSING, RAISED, names_of, raising

REASON = "the mail could not be handed over"
LOST = "UPDATE delivery SET due_at = now() WHERE lease IS NOT NULL"


async def invite(service: Running, count: int) -> Sequence[UUID]:
    """Have composed invitations for so many members."""
    members = [uuid4() for _ in range(count)]
    await receive(service, ORGANISATION, [build.organisation()])
    await receive(service, PROFILE, [build.profile(m, invited_at=datetime.now(UTC)) for m in members])
    while await run_worker(service, "compose"):
        pass
    return members


def address(member: UUID) -> str:
    return f"m{member.hex}@example.org"


async def states(service: Running) -> Counter[str]:
    return Counter(entry["state"] for entry in await list_entries(service))


async def are(service: Running, expected: Mapping[str, int]) -> bool:
    return await states(service) == expected


async def test_whatever_a_mail_raises_while_it_is_handed_over_it_alone_fails(
    start: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as service:
        members = await invite(service, len(RAISED) + len(PASSING) + 3)
        bad = {address(m): e for m, e in zip(members, (*RAISED, *PASSING), strict=False)}
        find = lambda _session, _sender, to, *_, **__: bad.get(to[0])  # noqa: E731
        monkeypatch.setattr(aiosmtplib.SMTP, "sendmail", raising(aiosmtplib.SMTP.sendmail, find))
        before = read_failed_items().get("send default", 0)

        # An OSError is the server's: it gets the mail again for three days.
        fail = len(RAISED) + 1
        async with start("work") as working:
            await eventually(lambda: are(service, {"sent": 3, "failed": fail, "due": len(PASSING) - 1}))
            answer = (await working.http.get("/readyz")).json()

        assert answer["failed_items"]["send default"] - before == fail
        reasons = [e["reason"] for e in await list_entries(service) if e["state"] == "failed"]
        assert set(reasons) >= {f"{REASON}: {name}" for name in names_of(RAISED)}


async def test_whatever_a_mail_raises_while_it_is_written_it_alone_fails(
    start: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with start() as service:
        members = await invite(service, len(RAISED) + len(PASSING) + 3)
        bad = {address(m): e for m, e in zip(members, (*RAISED, *PASSING), strict=False)}
        monkeypatch.setattr(
            mail, "write_mail", raising(mail.write_mail, lambda content: bad.get(content.address))
        )
        while await run_worker(service, "send default 0"):
            pass

        assert await states(service) == {"sent": 3, "failed": len(bad)}


@pytest.mark.parametrize(("times", "state"), [(1, "sent"), (1000, "due")])
async def test_a_mail_whose_result_cant_be_stored_is_not_sent_for_ever(
    start: StartService, mailbox: MailServer, monkeypatch: pytest.MonkeyPatch, times: int, state: str
) -> None:
    async with start() as service:
        [member, *_] = await invite(service, 3)
        left = times

        def find(_tx: Any, _lease: Any, sent: claims.ClaimedMail, _result: Any) -> BaseException | None:
            nonlocal left
            left -= sent.content.address == address(member)
            return asyncpg.DataError() if sent.content.address == address(member) and left >= 0 else None

        monkeypatch.setattr(claims, "record_result", raising(claims.record_result, find))
        for _ in range(MOST_LOST + 3):
            with suppress(asyncpg.DataError):
                await run_worker(service, "send default 0")
            await service.pool.execute(LOST)

        assert (await states(service))["sent"] == 2 + (state == "sent")
        assert mailbox.recipients.count(address(member)) == (1 if state == "sent" else MOST_LOST)


async def test_what_a_server_says_is_kept_whatever_letters_it_has(
    start: StartService, mailbox: MailServer
) -> None:
    async def refusing(_recipient: str) -> str:
        return "550 no\x00 such\x1b mailbox"

    mailbox.answer = refusing
    async with start() as service:
        await invite(service, 1)
        await run_worker(service, "send default 0")
        [entry] = await list_entries(service)

    assert entry["state"] == "failed"
    assert entry["reason"].startswith("550 no such")


async def test_a_mail_that_ends_its_process_each_time_fails_and_the_others_go(
    start: StartService, mailbox: MailServer
) -> None:
    async with start() as service:
        await invite(service, 3)
        environment = os.environ | {"ALUMNIBUS_FAILPOINT": "delivery.accepted", "ALUMNIBUS_HTTP_PORT": "0"}
        words = ("-m", "services.notifications", "serve", "--only", "work")
        process = await asyncio.create_subprocess_exec(sys.executable, *words, env=environment)
        assert await process.wait() == -signal.SIGKILL
        lost = await service.pool.fetchval("SELECT delivery FROM delivery WHERE lease IS NOT NULL LIMIT 1")
        await service.pool.execute(LOST)
        alone = await service.pool.fetch("SELECT delivery FROM delivery WHERE lease IS NOT NULL")
        await service.pool.execute("UPDATE delivery SET losses = $2 WHERE delivery = $1", lost, MOST_LOST)

        claimed = [await run_worker(service, "send default 0") for _ in range(4)]

        assert sum(claimed) == 3
        assert max(claimed) <= 1 + 3 - len(alone)
        assert await states(service) == {"sent": 2, "failed": 1}
        [failed] = [e for e in await list_entries(service) if e["state"] == "failed"]
        assert (failed["delivery"], failed["reason"]) == (str(lost), f"{REASON}: ProcessDied")
    assert len(set(mailbox.ids)) <= 3


def test_what_eight_connections_hear_of_one_outage_is_one_failure() -> None:
    breaker = CircuitBreaker()
    began = time.monotonic()

    for _ in range(8):
        assert breaker.record_failure(began) <= 0.5
    assert breaker.failures == 1

    breaker.record_failure(time.monotonic())
    assert breaker.failures == 2
