"""An erased person is in no table and gets nothing, whatever comes late."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

from shared.contracts.catalogue import ERASURE, MENTORSHIP, PROFILE, REGISTRATION
from shared.postgres.pool import transaction
from shared.testing.services import Running, read_outbox
from shared.testing.waiting import eventually
from tests.notifications import builders as build
from tests.notifications.conftest import (
    BLOCKED,
    StartService,
    list_entries,
    receive,
    run_worker,
)
from tests.notifications.lives import KIM, TONI, receive_all
from tests.notifications.mailserver import MailServer


async def read_all_tables(service: Running) -> str:
    """Everything in every table of the service but the outbox, whose days are dropped, and who was erased."""
    names = await service.pool.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'notifications'"
        " AND tablename !~ '^(outbox|inbox|migration|erased|audit_erasure)'"
    )
    tables = [await service.pool.fetch(f'SELECT t::text FROM "{row["tablename"]}" t') for row in names]
    return "\n".join(row["t"] for rows in tables for row in rows)


async def test_an_erased_person_is_gone_from_every_table_and_from_texts_to_others(
    start: StartService,
) -> None:
    async with start() as service:
        await receive_all(service)
        await run_worker(service, "compose")
        assert "Kim Beispielhaft" in await read_all_tables(service)
        await receive(service, ERASURE, [build.erasure(KIM)])

        left = await read_all_tables(service)
        states = {(entry["kind"], entry["state"], entry["reason"]) for entry in await list_entries(service)}
    assert "Beispielhaft" not in left
    assert str(KIM) not in left
    assert KIM.hex not in left
    assert "Musterhaft" in left
    assert {state for _, state, _ in states} == {"undeliverable"}
    assert {reason for _, _, reason in states} == {"a person in it was erased"}


async def test_what_was_sent_stays_in_the_log_as_a_count(start: StartService, mailbox: MailServer) -> None:
    async with start() as service:
        await receive_all(service)
        await run_worker(service, "compose")
        await run_worker(service, "send default 0")
        before = (await service.http.get("/statistics")).json()["deliveries"]
        await receive(service, PROFILE, [build.message(KIM, None)])

        assert (await service.http.get("/statistics")).json()["deliveries"] == before
        gone = [entry for entry in await list_entries(service) if entry["member"] is None]
        assert len(gone) == 3
        text = await service.http.get(f"/deliveries/{gone[0]['delivery']}/preview")
        assert text.status_code == 404
        facts = await service.pool.fetch("SELECT DISTINCT facts FROM delivery WHERE member IS NULL")
        assert [row["facts"] for row in facts] == [{}]


async def test_an_erased_person_gets_no_mail_that_was_due(start: StartService, mailbox: MailServer) -> None:
    async with start() as service:
        await receive_all(service)
        await run_worker(service, "compose")
        await receive(service, ERASURE, [build.erasure(KIM), build.erasure(TONI)])
        await run_worker(service, "send default 0")

    assert mailbox.accepted == []


async def test_nothing_is_written_to_somebody_erased_whatever_comes_late(start: StartService) -> None:
    kim, event = uuid4(), uuid4()
    async with start() as service:
        await receive(service, ERASURE, [build.erasure(kim)])
        await receive(service, PROFILE, [build.profile(kim, invited_at=datetime.now(UTC))])
        await receive(service, REGISTRATION, [build.registration(uuid4(), event, kim)])
        await receive(service, MENTORSHIP, [build.mentorship(uuid4(), uuid4(), contacts=(kim,))])

        assert await list_entries(service) == []
        counts = (await service.http.get("/statistics")).json()
        assert (counts["members"], counts["registrations"]) == (0, 0)
        assert str(kim) not in await read_all_tables(service)


async def test_what_another_process_adds_at_once_is_erased_too(start: StartService) -> None:
    async def is_blocked() -> bool:
        return bool(await service.pool.fetchval(BLOCKED))

    kim = uuid4()
    async with start() as service:
        handle = service.app.state.service.routes[REGISTRATION]
        async with transaction(service.pool) as other:
            await handle(other, [build.registration(uuid4(), uuid4(), kim)])
            erasing = asyncio.create_task(receive(service, ERASURE, [build.erasure(kim)]))
            await eventually(is_blocked)
        await erasing

        assert str(kim) not in await read_all_tables(service)
        assert [entry["state"] for entry in await list_entries(service)] == ["undeliverable"]


async def test_nobody_is_notified_of_a_mentorship_that_names_somebody_erased(start: StartService) -> None:
    kim, proposed = uuid4(), [(uuid4(), uuid4(), "proposed")]
    async with start() as service:
        await receive(service, ERASURE, [build.erasure(kim)])
        await receive(service, MENTORSHIP, [build.mentorship(uuid4(), kim, "proposed", proposed)])

        assert await list_entries(service) == []


async def test_each_order_is_reported_and_a_repeat_is_nothing_but_reported_again(
    start: StartService,
) -> None:
    async with start() as service:
        await receive_all(service)
        for _ in range(2):
            await receive(service, ERASURE, [build.erasure(KIM), build.erasure(TONI)])

        sent = await read_outbox(service.pool)
    assert [(type, key) for type, key, _ in sent] == [
        ("ErasureCarriedOut", str(member)) for member in (KIM, TONI) * 2
    ]
