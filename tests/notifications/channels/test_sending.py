"""Sending: each mail once, whoever sends, dies, is slow, or refuses."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from structlog.testing import capture_logs

from shared.contracts.catalogue import ORGANISATION, PROFILE
from shared.messaging.kafka import Kafka
from shared.testing.services import Running
from shared.testing.waiting import eventually
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, list_entries, receive, run_worker
from tests.notifications.mailserver import MailServer, mail_server

NOW = datetime.now(UTC)


async def invite(service: Running, members: Sequence[UUID], organisation: str = "daad") -> None:
    """Have composed invitations for these members."""
    await receive(service, ORGANISATION, [build.organisation(organisation)])
    invited = [build.profile(m, organisations=(organisation,), invited_at=NOW) for m in members]
    await receive(service, PROFILE, invited)
    while await run_worker(service, "compose"):
        pass


async def end_leases(service: Running) -> None:
    """Let every lease end now, as if its time were over."""
    await service.pool.execute("UPDATE delivery SET due_at = now() WHERE lease IS NOT NULL")


async def states(service: Running) -> Counter[str]:
    return Counter(entry["state"] for entry in await list_entries(service))


async def test_two_processes_at_once_send_each_mail_once(start: StartService, mailbox: MailServer) -> None:
    async with start() as service:
        await invite(service, [uuid4() for _ in range(150)])
        async with start("work"), start("work"):
            await eventually(lambda: _are(service, {"sent": 150}))

    assert len(mailbox.ids) == len(set(mailbox.ids)) == 150


async def test_a_mail_that_was_taken_before_the_process_died_is_repeated_with_its_id(
    start: StartService, mailbox: MailServer, dsns: Mapping[str, str], kafka: Kafka
) -> None:
    async with start() as service:
        await invite(service, [uuid4(), uuid4()])
        settings = {"ALUMNIBUS_SMTP": mailbox.url, "ALUMNIBUS_KAFKA": kafka.servers}
        killed = await _serve(dsns, settings | {"ALUMNIBUS_FAILPOINT": "delivery.accepted"})
        assert await killed.wait() == -signal.SIGKILL
        assert (await states(service))["due"] == 2
        taken = set(mailbox.ids)
        assert taken
        await service.pool.execute("UPDATE delivery SET due_at = now()")
        async with start("work"):
            await eventually(lambda: _are(service, {"sent": 2}))

    assert taken < set(mailbox.ids) or len(taken) == 2
    assert len(set(mailbox.ids)) == 2
    assert len(mailbox.ids) > 2


async def test_a_lease_that_ends_lets_another_process_send(start: StartService, mailbox: MailServer) -> None:
    async with start(LEASE_SECONDS="0.5") as service:
        await invite(service, [uuid4()])
        await service.pool.execute("UPDATE delivery SET lease = $1, due_at = now() + interval '1 s'", uuid4())
        assert await run_worker(service, "send default 0") == 0
        async with start("work"):
            await eventually(lambda: _are(service, {"sent": 1}))

    assert len(mailbox.ids) == 1


async def test_a_result_that_comes_after_the_lease_changes_nothing(
    start: StartService, mailbox: MailServer
) -> None:
    late = asyncio.Event()

    async def answering(_recipient: str) -> str:
        if mailbox.tried > 1:
            return "250 kept"
        await late.wait()
        return "550 5.1.1 unknown"

    mailbox.answer = answering
    async with start() as service:
        await invite(service, [uuid4()])
        first = asyncio.create_task(run_worker(service, "send default 0"))
        await eventually(lambda: _is_tried(mailbox))
        await end_leases(service)
        assert await run_worker(service, "send default 1") == 1
        late.set()
        await first

        [entry] = await list_entries(service)
    assert (entry["state"], entry["reason"], entry["attempts"]) == ("sent", None, 1)


async def test_who_is_late_gives_back_no_claim_of_another(start: StartService, mailbox: MailServer) -> None:
    answers = [asyncio.Event(), asyncio.Event()]

    async def answering(_recipient: str) -> str:
        await answers[mailbox.tried - 1].wait()
        return "451 4.7.1 come back later" if mailbox.tried == 2 else "250 kept"

    mailbox.answer = answering
    async with start() as service:
        await invite(service, [uuid4()])
        first = asyncio.create_task(run_worker(service, "send default 0"))
        await eventually(lambda: _is_tried(mailbox))
        await end_leases(service)
        second = asyncio.create_task(run_worker(service, "send default 1"))
        await eventually(lambda: _is_tried(mailbox, times=2))
        answers[0].set()
        await first
        assert await run_worker(service, "send default 2") == 0
        answers[1].set()
        await second


async def test_a_process_that_is_stopped_records_what_was_taken(
    start: StartService, mailbox: MailServer
) -> None:
    busy = asyncio.Event()

    async def slowly(_recipient: str) -> str:
        busy.set()
        await asyncio.sleep(0.02)
        return "250 kept"

    mailbox.answer = slowly
    async with start() as service:
        await invite(service, [uuid4() for _ in range(100)])
        async with start("work"):
            await busy.wait()
        assert (await states(service))["due"] > 0
        async with start("work"):
            await eventually(lambda: _are(service, {"sent": 100}))

    assert len(mailbox.ids) == len(set(mailbox.ids)) == 100


async def test_a_process_that_is_stopped_leaves_no_claim(start: StartService, mailbox: MailServer) -> None:
    async def is_claimed() -> bool:
        return bool(await service.pool.fetchval("SELECT true FROM delivery WHERE lease IS NOT NULL LIMIT 1"))

    async with start() as service:
        await invite(service, [uuid4() for _ in range(200)])
        for _ in range(5):
            async with start("work"):
                await eventually(is_claimed)
            assert not await is_claimed()
            await service.pool.execute("UPDATE delivery SET state = 'due', due_at = now()")


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

        assert await states(service) == {"sent": 5}


async def test_a_server_that_hangs_delays_no_other(start: StartService, mailbox: MailServer) -> None:
    async def hanging(_recipient: str) -> str:
        await asyncio.sleep(60)
        return "250 too late"

    async with mail_server(hanging) as slow:
        own = f'{{"giz": "{slow.url}"}}'
        async with start("work", SMTP_BY_ORGANISATION=own, LEASE_SECONDS="3") as service:
            await invite(service, [uuid4() for _ in range(30)], "giz")
            await eventually(lambda: _is_tried(slow))
            await invite(service, [uuid4() for _ in range(30)])
            await eventually(lambda: _are(service, {"sent": 30, "due": 30}), seconds=10)

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
        await eventually(lambda: _is_tried(mailbox))
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
        assert await states(service) == {"due": 10}
        async with mail_server(port=port) as back:
            await eventually(lambda: _are(service, {"sent": 10}))

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

        assert await states(service) == {"due": 5}
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


async def test_a_connection_ends_in_time_for_its_lease_and_gives_back_the_rest(
    start: StartService, mailbox: MailServer
) -> None:
    async def slowly(_recipient: str) -> str:
        await asyncio.sleep(0.2)
        return "250 kept"

    mailbox.answer = slowly
    async with start(LEASE_SECONDS="1.5") as service:
        await invite(service, [uuid4() for _ in range(25)])
        assert await run_worker(service, "send default 0") == 25
        sent = len(mailbox.ids)
        assert 0 < sent < 10
        mailbox.answer = MailServer().answer
        assert await run_worker(service, "send default 0") == 25 - sent


async def test_what_was_due_first_is_sent_first(start: StartService, mailbox: MailServer) -> None:
    members = [uuid4() for _ in range(30)]
    async with start() as service:
        await invite(service, members)
        await service.pool.execute(
            "UPDATE delivery SET due_at = now() - interval '1 hour' WHERE member = $1", members[-1]
        )
        assert await run_worker(service, "send default 0") == 25

    assert f"m{members[-1].hex}@example.org" in mailbox.recipients


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
        await eventually(lambda: _are(service, {"sent": 4, "due": 1}))


async def test_a_mail_that_can_not_be_written_fails_and_the_others_go(
    start: StartService, mailbox: MailServer
) -> None:
    async with start() as service:
        await receive(service, PROFILE, [build.profile(uuid4(), invited_at=NOW, email="kein Postfach")])
        await invite(service, [uuid4()])
        await run_worker(service, "send default 0")

        assert await states(service) == {"failed": 1, "sent": 1}


async def test_an_address_beyond_ascii_is_written_to(start: StartService, mailbox: MailServer) -> None:
    async with start() as service:
        await receive(service, PROFILE, [build.profile(uuid4(), invited_at=NOW, email="ким@example.org")])
        await invite(service, [])
        await run_worker(service, "send default 0")

        assert await states(service) == {"sent": 1}
    assert mailbox.recipients == ["ким@example.org"]


async def _are(service: Running, expected: dict[str, int]) -> bool:
    return await states(service) == expected


async def _is_tried(server: MailServer, times: int = 1) -> bool:
    return server.tried >= times


async def _is_logged(logs: Sequence[Mapping[str, Any]], event: str) -> bool:
    return any(line["event"] == event for line in logs)


async def _serve(dsns: Mapping[str, str], settings: Mapping[str, str]) -> asyncio.subprocess.Process:
    environment: dict[str, Any] = {**os.environ, **settings, "ALUMNIBUS_DATABASE": dsns["notifications"]}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.notifications", "serve", "--only", "work", env=environment
    )
