"""Privacy: an erased person is in no table, and no log line of a whole run names anybody."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from structlog.contextvars import bound_contextvars

from services.notifications.consumers import ROUTES
from shared.contracts.catalogue import (
    ERASURE,
    MENTORSHIP,
    OFFER,
    ORGANISATION,
    PROFILE,
    REGISTRATION,
    Topic,
    outbound,
)
from shared.messaging import outbox
from shared.messaging.message import Message
from shared.postgres.pool import transaction
from shared.testing.kafka import MakeTopics
from shared.testing.services import Running
from shared.testing.waiting import eventually
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, list_entries, receive, run_worker
from tests.notifications.mailserver import MailServer

NOW = datetime.now(UTC)
KIM, TONI = uuid4(), uuid4()


def life() -> list[tuple[Topic, Message[Any]]]:
    """A registration, an invitation and an agreement of the two."""
    event, request, accepted = uuid4(), uuid4(), [(uuid4(), TONI, "accepted")]
    return [
        (ORGANISATION, build.organisation()),
        (PROFILE, build.profile(KIM, name="Kim Beispielhaft", invited_at=NOW)),
        (PROFILE, build.profile(TONI, name="Toni Musterhaft")),
        (OFFER, build.offer(event)),
        (REGISTRATION, build.registration(uuid4(), event, KIM)),
        (MENTORSHIP, build.mentorship(request, KIM, "agreed", accepted, adviser=TONI)),
    ]


async def live(service: Running) -> None:
    for topic, told in life():
        await receive(service, topic, [told])


async def whole(service: Running) -> str:
    """Everything in every table of the service but the outbox, whose days are dropped."""
    names = await service.pool.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'notifications'"
        " AND tablename !~ '^(outbox|inbox|migration|erased)'"
    )
    tables = [await service.pool.fetch(f'SELECT t::text FROM "{row["tablename"]}" t') for row in names]
    return "\n".join(row["t"] for rows in tables for row in rows)


async def test_an_erased_person_is_gone_from_every_table_and_from_texts_to_others(
    start: StartService,
) -> None:
    async with start() as service:
        await live(service)
        await run_worker(service, "compose")
        assert "Kim Beispielhaft" in await whole(service)
        await receive(service, ERASURE, [build.erasure(KIM)])

        left = await whole(service)
        states = {(entry["kind"], entry["state"], entry["reason"]) for entry in await list_entries(service)}
    assert "Beispielhaft" not in left
    assert str(KIM) not in left
    assert KIM.hex not in left
    assert "Musterhaft" in left
    assert {state for _, state, _ in states} == {"undeliverable"}
    assert {reason for _, _, reason in states} == {"a person in it was erased"}


async def test_what_was_sent_stays_in_the_log_as_a_count(start: StartService, post: MailServer) -> None:
    async with start() as service:
        await live(service)
        await run_worker(service, "compose")
        await run_worker(service, "send default 0")
        before = (await service.http.get("/statistics")).json()["deliveries"]
        await receive(service, PROFILE, [build.message(KIM, None)])

        assert (await service.http.get("/statistics")).json()["deliveries"] == before
        gone = [entry for entry in await list_entries(service) if entry["member"] is None]
        assert len(gone) == 3
        text = await service.http.get(f"/deliveries/{gone[0]['delivery']}/preview")
        assert text.status_code == 404


async def test_an_erased_person_gets_no_mail_that_was_due(start: StartService, post: MailServer) -> None:
    async with start() as service:
        await live(service)
        await run_worker(service, "compose")
        await receive(service, ERASURE, [build.erasure(KIM), build.erasure(TONI)])
        await run_worker(service, "send default 0")

    assert post.accepted == []


async def test_no_log_line_of_a_run_names_a_person_or_an_address(
    start: StartService, post: MailServer, make_topics: MakeTopics, tmp_path: Path
) -> None:
    async def refusing(recipient: str) -> str:
        return f"550 5.1.1 <{recipient}> is unknown" if KIM.hex in recipient else "451 busy with " + recipient

    post.answer = refusing
    await make_topics([*ROUTES, outbound("daad")])
    log = tmp_path / "log"
    async with start("relay", PARTNERS="daad") as service, serving(log, "consumers", "work"):
        for topic, told in life():
            await publish(service, topic, told)

        async def settled() -> bool:
            found = await list_entries(service)
            return len(found) == 4 and all(entry["attempts"] for entry in found)

        await eventually(settled)
        await publish(service, PROFILE, build.profile(TONI, name="Toni \x00 Musterhaft"))
        await eventually(lambda: service.pool.fetchval("SELECT true FROM parked"))
        await publish(service, ERASURE, build.erasure(KIM))
        await eventually(lambda: service.pool.fetchval("SELECT true FROM erased WHERE member = $1", KIM))

    written = log.read_text()
    for expected in ("delivery.send.done", "message.apply.parked", "delivery.note.done", "c-1"):
        assert expected in written
    for personal in ("Beispielhaft", "Musterhaft", KIM.hex, TONI.hex, "@example.org", "Regionaltreffen"):
        assert personal not in written


async def publish(service: Running, topic: Topic, told: Message[Any]) -> None:
    """Let the service's own relay put a message on a topic, as the owner's relay does."""
    with bound_contextvars(correlation_id="c-1"):
        async with transaction(service.pool) as tx:
            await outbox.put_one(tx, topic, told.key, next(iter(topic.types)), told.sequence, told.data)


@asynccontextmanager
async def serving(log: Path, *only: str) -> AsyncIterator[None]:
    """The service as a process of its own, with the settings of `start`; its log in a file."""
    parts = [word for part in only for word in ("--only", part)]
    environment = os.environ | {"ALUMNIBUS_HTTP_PORT": "0"}
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.notifications", "serve", *parts, env=environment, stderr=file
        )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()
