"""After a restore what may have been sent is held: what was due, what was on the topics, what was parked."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notifications.consumers import ROUTES
from services.notifications.deliveries import holding
from services.notifications.deliveries.kinds import Kind
from shared.contracts.catalogue import (
    ERASURE,
    MENTORSHIP,
    OFFER,
    ORGANISATION,
    PROFILE,
    REGISTRATION,
    Topic,
)
from shared.messaging.consumer import parking
from shared.messaging.consumer.parking import Failure, ParkedKey
from shared.messaging.kafka import Kafka
from shared.messaging.message import Message
from shared.postgres.pool import transaction
from shared.testing.kafka import MakeTopics, delete_topics, read_records
from shared.testing.services import Running
from shared.testing.waiting import eventually
from tests.notifications import builders as build
from tests.notifications.amounts import add_deliveries, add_recipients, count_touched
from tests.notifications.conftest import StartService, list_entries, list_states, receive, run_worker
from tests.notifications.lives import KIM, TONI, list_messages, receive_all
from tests.notifications.mailserver import MailServer
from tests.shared.operations.command_line import publish, said, waiting


async def command(service: Running, *words: str) -> str:
    """What an operator reads who gives this command."""
    code, output = await said(service.app.state.service, *words)
    assert code == 0, output
    return output


async def test_republishing_after_a_restore_has_nothing_to_do_here(start: StartService) -> None:
    async with start() as service:
        assert await command(service, "republish", "--restored") == (
            "wrote 0 messages for the relay to send (no topics)\n"
            "withdrew 0 that have no row any more (no topics)\n"
        )


def list_lives(*, restored: bool) -> list[tuple[Topic, Message[Any]]]:
    """What makes a notification of each kind."""
    event, seat, moved, asked, kim, toni = (uuid4() for _ in range(6))

    def ask(
        request: UUID, state: str, proposed: str | None = None, lapse: str | None = None
    ) -> tuple[Topic, Message[Any]]:
        proposals = [(asked, toni, proposed)] if proposed else []
        return MENTORSHIP, build.mentorship(request, kim, state, proposals, lapse, contacts=(toni,))

    one, other, lapsed = uuid4(), uuid4(), uuid4()
    messages = [
        *list_messages(),
        (OFFER, build.offer(event)),
        (REGISTRATION, build.registration(seat, event, kim)),
        (REGISTRATION, build.registration(moved, event, toni, "waitlisted")),
        (REGISTRATION, build.registration(moved, event, toni)),
        (REGISTRATION, build.registration(seat, event, kim, "withdrawn")),
        (OFFER, build.offer(event, city="Durrës")),
        (OFFER, build.offer(event, state="cancelled")),
        ask(one, "requested"),
        ask(one, "proposed", "proposed"),
        ask(one, "requested", "declined"),
        ask(one, "ended", "declined"),
        ask(other, "proposed", "proposed"),
        ask(other, "accepted", "accepted"),
        ask(other, "ended", "withdrawn"),
        ask(lapsed, "proposed", "proposed"),
        ask(lapsed, "requested", "withdrawn", "adviser-full"),
    ]
    return [(topic, replace(message, restored=restored)) for topic, message in messages]


@pytest.mark.parametrize("restored", [True, False])
async def test_whatever_a_restored_message_means_is_held_and_nothing_else_is(
    start: StartService, *, restored: bool
) -> None:
    async with start() as service:
        for topic, message in list_lives(restored=restored):
            await receive(service, topic, [message])
        states = await list_states(service)

    assert {kind for kind, _ in states} == {*Kind}
    assert {state == "held" for _, state in states if state != "superseded"} == {restored}


async def test_what_a_backup_has_as_due_is_held_until_it_is_released_or_dropped(
    start: StartService, mailbox: MailServer
) -> None:
    async with start() as service:
        await receive_all(service)
        await run_worker(service, "compose")
        await receive(service, REGISTRATION, [build.registration(uuid4(), uuid4(), TONI)])
        held = await list_entries(service)
        assert f"held {len(held)} deliveries" in await command(service, "migrate", "--restored")
        await send_all(service)
        assert mailbox.accepted == []

        one, two, *_ = [entry["delivery"] for entry in held if entry["member"] == str(TONI)]
        assert await command(service, "held", "release", one) == "released 1\n"
        assert await command(service, "held", "drop", two) == "dropped 1\n"
        assert await command(service, "held", "release", two) == "released 0\n"
        await send_all(service)
        assert [id.partition("@")[0] for id in mailbox.ids] == [f"<{one}"]

        await receive(service, ERASURE, [build.erasure(KIM)])
        await command(service, "held", "release", "all", "--since", "2020-01-01")
        await send_all(service)
        assert "held" not in {state for _, state in await list_states(service)}
    assert len(mailbox.accepted) == 1


@pytest.mark.parametrize(("decision", "state"), [("release", "due"), ("drop", "undeliverable")])
async def test_however_many_are_held_they_are_released_or_dropped_a_page_a_transaction(
    start: StartService, monkeypatch: pytest.MonkeyPatch, decision: str, state: str
) -> None:
    monkeypatch.setattr(holding, "PAGE", 2)
    async with start() as service:
        await add_recipients(service.pool)
        await add_deliveries(service.pool, 5, state="held", composed=True)
        await service.pool.execute("UPDATE delivery SET kind = 'registered' WHERE place % 2 = 0")
        done = await command(service, "held", decision, "all", "--since", "2020-01-01")

        assert done.split()[1] == "5"
        assert await count_touched(service.pool, state) == [1, 2, 2]


async def test_however_much_is_unsent_it_is_held_a_page_a_transaction(
    start: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "PAGE", 2)
    async with start() as service:
        await add_recipients(service.pool)
        for state in ("due", "sent", "waiting"):
            await add_deliveries(service.pool, 3, state=state, composed=True)

        assert "held 6 deliveries" in await command(service, "migrate", "--restored")
        assert await count_touched(service.pool, "held") == [2, 2, 2]
        assert "held 0 deliveries" in await command(service, "migrate", "--restored")


async def send_all(service: Running) -> None:
    for worker in ("sweep", "compose", "send default 0"):
        await run_worker(service, worker)


async def test_what_was_on_the_topics_is_held_and_what_comes_later_is_sent(
    start: StartService, kafka: Kafka, make_topics: MakeTopics, mailbox: MailServer
) -> None:
    """Until the topic is made anew: then its offsets begin again, and nothing on it was there before."""
    await make_topics([*ROUTES])
    offer, first = uuid4(), uuid4()
    known: list[tuple[Topic, Message[Any]]] = [
        (ORGANISATION, build.organisation()),
        (PROFILE, build.profile(KIM)),
        (OFFER, build.offer(offer)),
    ]
    for topic, message in known:
        await publish(kafka, topic, [message])

    await publish(kafka, REGISTRATION, [build.registration(first, offer, KIM)])
    async with start() as service:
        await command(service, "migrate", "--restored")
        await command(service, "republish", "--restored")
    async with start("consumers", "work") as service:
        await eventually(lambda: has_read_all(service, kafka))
        assert await list_states(service) == [("registered", "held")]
        await publish(kafka, REGISTRATION, [build.registration(uuid4(), offer, KIM)])
        await eventually(lambda: has_sent(mailbox, 1))
    name = kafka.topic_name(REGISTRATION.name)
    await delete_topics(kafka, [name])
    await make_topics([REGISTRATION])
    async with start() as service:
        await command(service, "position", "accept", name, "all", "0")
    async with start("consumers", "work") as service:
        await publish(kafka, REGISTRATION, [build.registration(first, offer, KIM, "withdrawn")])
        await eventually(lambda: has_sent(mailbox, 2))
        assert [state for _, state in await list_states(service)] == ["held", "sent", "sent"]


async def has_read_all(service: Running, kafka: Kafka) -> bool:
    return await waiting(service.pool, kafka, REGISTRATION) == 0 and bool(await list_entries(service))


async def has_sent(mailbox: MailServer, mails: int) -> bool:
    return len(mailbox.accepted) == mails


async def test_what_a_backup_has_as_parked_is_held_when_it_is_replayed(
    start: StartService, kafka: Kafka, make_topics: MakeTopics
) -> None:
    await make_topics([REGISTRATION])
    registration = build.registration(uuid4(), uuid4(), uuid4())
    await publish(kafka, REGISTRATION, [registration])
    [record] = await read_records(kafka, REGISTRATION.name)
    async with start() as service:
        key = ParkedKey(REGISTRATION.name, registration.key)
        async with transaction(service.pool) as tx:
            await parking.park_key(tx, key, Failure("cause", "a bad release"))
            await parking.queue_record(tx, key, record)
        await command(service, "migrate", "--restored")
        await command(service, "parked", "replay", *key)

        assert await list_states(service) == [("registered", "held")]
