"""Claims: each mail once, whoever sends, dies, is late or is stopped."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from shared.messaging.kafka import Kafka
from shared.runtime.settings import build_environment
from shared.testing.waiting import eventually
from tests.notifications.conftest import StartService, list_entries, run_worker
from tests.notifications.mailserver import MailServer
from tests.notifications.sending import count_states, end_leases, has_states, invite, is_tried


async def test_two_processes_at_once_send_each_mail_once(start: StartService, mailbox: MailServer) -> None:
    async with start() as service:
        await invite(service, [uuid4() for _ in range(150)])
        async with start("work"), start("work"):
            await eventually(lambda: has_states(service, {"sent": 150}))

    assert len(mailbox.ids) == len(set(mailbox.ids)) == 150


async def test_a_mail_that_was_taken_before_the_process_died_is_repeated_with_its_id(
    start: StartService, mailbox: MailServer, dsns: Mapping[str, str], kafka: Kafka
) -> None:
    async with start() as service:
        await invite(service, [uuid4(), uuid4()])
        settings = {"ALUMNIBUS_SMTP": mailbox.url, **build_environment(kafka)}
        killed = await _serve(dsns, settings | {"ALUMNIBUS_FAILPOINT": "delivery.accepted"})
        assert await killed.wait() == -signal.SIGKILL
        assert (await count_states(service))["due"] == 2
        taken = set(mailbox.ids)
        assert taken
        await service.pool.execute("UPDATE delivery SET due_at = now()")
        async with start("work"):
            await eventually(lambda: has_states(service, {"sent": 2}))

    assert taken < set(mailbox.ids) or len(taken) == 2
    assert len(set(mailbox.ids)) == 2
    assert len(mailbox.ids) > 2


async def test_a_lease_that_ends_lets_another_process_send(start: StartService, mailbox: MailServer) -> None:
    async with start(LEASE_SECONDS="0.5") as service:
        await invite(service, [uuid4()])
        await service.pool.execute("UPDATE delivery SET lease = $1, due_at = now() + interval '1 s'", uuid4())
        assert await run_worker(service, "send default 0") == 0
        async with start("work"):
            await eventually(lambda: has_states(service, {"sent": 1}))

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
        await eventually(lambda: is_tried(mailbox))
        await end_leases(service)
        assert await run_worker(service, "send default 1") == 1
        late.set()
        await first

        [entry] = await list_entries(service)
    assert (entry["state"], entry["reason"], entry["attempts"]) == ("sent", None, 1)


async def test_who_is_late_changes_nothing_of_what_another_has_claimed(
    start: StartService, mailbox: MailServer
) -> None:
    answers = [asyncio.Event(), asyncio.Event()]

    async def answering(_recipient: str) -> str:
        await answers[mailbox.tried - 1].wait()
        return "451 4.7.1 come back later" if mailbox.tried == 2 else "250 kept"

    mailbox.answer = answering
    async with start() as service:
        await invite(service, [uuid4()])
        first = asyncio.create_task(run_worker(service, "send default 0"))
        await eventually(lambda: is_tried(mailbox))
        await end_leases(service)
        second = asyncio.create_task(run_worker(service, "send default 1"))
        await eventually(lambda: is_tried(mailbox, times=2))
        answers[0].set()
        await first
        assert await run_worker(service, "send default 2") == 0
        answers[1].set()
        await second
        [entry] = await list_entries(service)
    assert (entry["state"], entry["attempts"]) == ("due", 1)


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
        assert (await count_states(service))["due"] > 0
        async with start("work"):
            await eventually(lambda: has_states(service, {"sent": 100}))

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


async def _serve(dsns: Mapping[str, str], settings: Mapping[str, str]) -> asyncio.subprocess.Process:
    environment: dict[str, Any] = {**os.environ, **settings, "ALUMNIBUS_DATABASE": dsns["notifications"]}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.notifications", "serve", "--only", "work", env=environment
    )
