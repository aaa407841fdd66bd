"""Targets: a mail server that is away, busy, slow or an organisation's own costs no other anything."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from shared.testing.waiting import eventually
from tests.notifications.conftest import StartService, run_worker
from tests.notifications.mailserver import MailServer, mail_server
from tests.notifications.sending import count_states, has_states, invite, is_tried


async def test_a_server_that_hangs_delays_no_other(start: StartService, mailbox: MailServer) -> None:
    async def hanging(_recipient: str) -> str:
        await asyncio.sleep(60)
        return "250 too late"

    async with mail_server(hanging) as slow:
        own = f'{{"giz": "{slow.url}"}}'
        async with start("work", SMTP_BY_ORGANISATION=own, LEASE_SECONDS="3") as service:
            await invite(service, [uuid4() for _ in range(30)], "giz")
            await eventually(lambda: is_tried(slow))
            await invite(service, [uuid4() for _ in range(30)])
            await eventually(lambda: has_states(service, {"sent": 30, "due": 30}), seconds=10)

    assert slow.accepted == []
    assert len(set(mailbox.ids)) == 30


async def test_no_transaction_is_open_while_a_server_is_spoken_to(
    start: StartService, mailbox: MailServer
) -> None:
    answer = asyncio.Event()

    async def slowly(_recipient: str) -> str:
        await answer.wait()
        return "250 kept"

    mailbox.answer = slowly
    async with start() as service:
        await invite(service, [uuid4()])
        sending = asyncio.create_task(run_worker(service, "send default 0"))
        await eventually(lambda: is_tried(mailbox))
        open_transactions = await service.pool.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
            " AND pid <> pg_backend_pid()"
        )
        answer.set()
        await sending

    assert open_transactions == 0


async def test_a_server_that_is_away_is_left_alone_for_a_while_and_then_gets_everything(
    start: StartService, mailbox: MailServer
) -> None:
    async with mail_server() as gone:
        port = gone.port
    async with start("work", SMTP=f"smtp://127.0.0.1:{port}") as service:
        with capture_logs() as logs:
            await invite(service, [uuid4() for _ in range(10)])
            await eventually(lambda: _is_logged(logs, "target.reach.failed"))
        assert await count_states(service) == {"due": 10}
        async with mail_server(port=port) as back:
            await eventually(lambda: has_states(service, {"sent": 10}))

    assert len(back.ids) == len(set(back.ids)) == 10


@pytest.mark.parametrize("answer", ["421 4.3.2 closing", "452 4.3.1 full"])
async def test_a_server_that_is_busy_is_left_alone_with_all_that_is_due(
    start: StartService, mailbox: MailServer, answer: str
) -> None:
    async def refusing(_recipient: str) -> str:
        return answer

    mailbox.answer = refusing
    async with start() as service:
        await invite(service, [uuid4() for _ in range(5)])
        assert await run_worker(service, "send default 0") == 5
        assert await run_worker(service, "send default 0") == 0

        assert await count_states(service) == {"due": 5}
    assert mailbox.tried == 1


async def test_an_organisation_with_a_server_of_its_own_sends_through_that_only(
    start: StartService, mailbox: MailServer
) -> None:
    async with mail_server() as own, start(SMTP_BY_ORGANISATION=f'{{"giz": "{own.url}"}}') as service:
        await invite(service, [uuid4() for _ in range(3)], "giz")
        await invite(service, [uuid4() for _ in range(2)])
        for target in ("default", "giz"):
            await run_worker(service, f"send {target} 0")

    assert (len(own.ids), len(mailbox.ids)) == (3, 2)


async def test_all_connections_of_a_target_keep_its_rate_together(
    start: StartService, mailbox: MailServer
) -> None:
    async with start(SMTP_PER_SECOND="40") as service:
        await invite(service, [uuid4() for _ in range(40)])
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.gather(*(run_worker(service, f"send default {n}") for n in range(8)))
        seconds = loop.time() - began

    assert len(mailbox.ids) == 40
    assert seconds > 39 / 40


async def test_each_server_has_eight_connections_at_most(start: StartService) -> None:
    async with start(SMTP_BY_ORGANISATION='{"giz": "smtp://127.0.0.1:9"}') as service:
        names = [worker.name for worker in service.app.state.service.workers]

    sending = sorted(name for name in names if name.startswith("send "))
    assert sending == [f"send {target} {n}" for target in ("default", "giz") for n in range(8)]


async def _is_logged(logs: Sequence[Mapping[str, Any]], event: str) -> bool:
    return any(line["event"] == event for line in logs)
