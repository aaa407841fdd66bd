"""What members get when an offer is cancelled."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.contracts.catalogue import OFFER, ORGANISATION, PROFILE, REGISTRATION
from shared.contracts.events import Occurrence
from shared.postgres.pool import transaction
from shared.testing.waiting import eventually
from tests.notifications import builders as build
from tests.notifications.cancelled import EVENT, KIM, cancel, introduce
from tests.notifications.conftest import (
    BLOCKED,
    StartService,
    list_entries,
    list_states,
    receive,
    receive_batch,
    run_worker,
)
from tests.notifications.mailserver import MailServer


async def test_who_holds_or_awaits_a_seat_is_notified_when_the_offer_is_cancelled(
    start: StartService,
) -> None:
    event, people = uuid4(), [uuid4(), uuid4(), uuid4()]
    states = ("registered", "waitlisted", "withdrawn")
    async with start() as service:
        await receive(service, OFFER, [build.offer(event)])
        registered = [
            build.registration(uuid4(), event, p, state) for p, state in zip(people, states, strict=True)
        ]
        await receive(service, REGISTRATION, registered)
        cancelled = cancel(event)
        await receive(service, OFFER, [cancelled])
        await receive(service, OFFER, [cancelled, cancel(event)])

        notified = {e["member"] for e in await list_entries(service) if e["kind"] == "offer-cancelled"}
        assert notified == {str(people[0]), str(people[1])}


async def test_who_registered_for_what_is_cancelled_in_the_same_batch_hears_of_that_alone(
    start: StartService, mailbox: MailServer
) -> None:
    async with start() as service:
        await receive(service, ORGANISATION, [build.organisation()])
        await receive(service, PROFILE, [build.profile(KIM, language="en")])
        registered = build.registration(uuid4(), EVENT, KIM)
        await receive_batch(
            service, [(OFFER, build.offer(EVENT)), (REGISTRATION, registered), (OFFER, cancel())]
        )
        await run_worker(service, "compose")
        await run_worker(service, "send default 0")

        assert sorted(await list_states(service)) == [
            ("offer-cancelled", "sent"),
            ("registered", "superseded"),
        ]
    assert [mail["Subject"] for mail in mailbox.accepted] == ["Cancelled: Regionaltreffen Westbalkan"]


async def test_a_confirmation_that_the_mail_server_has_not_taken_is_not_sent_after_the_cancellation(
    start: StartService, mailbox: MailServer
) -> None:
    """Neither what is claimed already, nor what is to be tried again."""

    async def cancelling(_recipient: str) -> str:
        if mailbox.tried == 1:
            await receive(service, OFFER, [cancel()])
        return "451 come back later" if mailbox.tried == 1 else "250 kept"

    async with start() as service:
        await introduce(service)
        await receive(service, REGISTRATION, [build.registration(uuid4(), EVENT, KIM)])
        toni = uuid4()
        await receive(service, PROFILE, [build.profile(toni, language="en")])
        await receive(service, REGISTRATION, [build.registration(uuid4(), EVENT, toni)])
        await run_worker(service, "compose")
        mailbox.answer = cancelling
        assert await run_worker(service, "send default 0") == 2
        await run_worker(service, "compose")
        await service.pool.execute("UPDATE delivery SET due_at = now()")
        await run_worker(service, "send default 0")

    assert [mail["Subject"].partition(":")[0] for mail in mailbox.accepted] == ["Cancelled", "Cancelled"]


async def test_a_confirmation_that_is_on_its_way_at_the_cancellation_arrives_before_the_news_of_it(
    start: StartService, mailbox: MailServer
) -> None:
    async def cancelling(_recipient: str) -> str:
        if mailbox.tried == 1:
            await receive(service, OFFER, [cancel()])
            await run_worker(service, "compose")
            assert await run_worker(service, "send default 1") == 0
        return "250 kept"

    async with start() as service:
        await introduce(service)
        await receive(service, REGISTRATION, [build.registration(uuid4(), EVENT, KIM)])
        await run_worker(service, "compose")
        mailbox.answer = cancelling
        for _ in range(2):
            await run_worker(service, "send default 0")

        assert await list_states(service) == [("registered", "sent"), ("offer-cancelled", "sent")]


async def test_a_registration_and_a_cancellation_that_two_processes_take_at_once_meet(
    start: StartService,
) -> None:
    async def is_blocked() -> bool:
        return bool(await service.pool.fetchval(BLOCKED))

    async with start() as service:
        await introduce(service)
        handle = service.app.state.service.routes[REGISTRATION]
        async with transaction(service.pool) as other:
            await handle(other, [build.registration(uuid4(), EVENT, KIM)])
            cancelling = asyncio.create_task(receive(service, OFFER, [cancel()]))
            await eventually(is_blocked)
        await cancelling

        assert ("offer-cancelled", "due") in await list_states(service)


async def test_what_was_superseded_and_is_true_again_is_sent(start: StartService) -> None:
    """The events service was restored to before a withdrawal."""
    place = uuid4()
    async with start() as service:
        await introduce(service)
        for registration in (
            build.registration(place, EVENT, KIM),
            build.registration(place, EVENT, KIM, "withdrawn"),
            build.registration(place, EVENT, KIM),
        ):
            await receive(service, OFFER, [cancel()])
            await receive(service, REGISTRATION, [registration])
        entries = {entry["kind"]: (entry["state"], entry["reason"]) for entry in await list_entries(service)}

    assert entries["offer-cancelled"] == ("due", None)


async def test_who_was_never_told_hears_of_it_when_offers_are_published_again_and_once(
    start: StartService,
) -> None:
    """As for a log whose service overlooked a cancellation."""
    async with start() as service:
        await introduce(service)
        cancelled = cancel()
        await receive(service, REGISTRATION, [build.registration(uuid4(), EVENT, KIM)])
        await receive(service, OFFER, [cancelled])
        await service.pool.execute("DELETE FROM delivery")
        for _ in range(2):
            await receive(service, OFFER, [cancelled])

        assert await list_states(service) == [("offer-cancelled", "due")]


async def test_nobody_hears_that_something_was_cancelled_when_it_is_over_or_was_long_ago(
    start: StartService,
) -> None:
    """As when all state is published again, for a log that lacks what was before it."""
    yesterday = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=1)
    past = (Occurrence(starts=yesterday - timedelta(hours=2), ends=yesterday),)
    over, old = uuid4(), uuid4()
    async with start() as service:
        for event, message in ((over, cancel(over, occurrences=past)), (old, cancel(old))):
            await receive(service, OFFER, [message])
            await service.pool.execute(
                "UPDATE offer SET at = now() - interval '31 days' WHERE offer = $1 AND offer = $2", event, old
            )
            await receive(service, REGISTRATION, [build.registration(uuid4(), event, KIM)])
        entries = [
            (e["state"], e["reason"]) for e in await list_entries(service) if e["kind"] == "offer-cancelled"
        ]

    assert entries == [("undeliverable", "too long ago")] * 2
