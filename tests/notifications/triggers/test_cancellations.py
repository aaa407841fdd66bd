"""What members get when an offer is cancelled."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notifications.triggers import cancellations
from shared.contracts.catalogue import ERASURE, OFFER, ORGANISATION, PROFILE, REGISTRATION
from shared.contracts.events import Occurrence, OfferState
from shared.messaging.message import Message
from shared.postgres.pool import transaction
from shared.testing.services import Running, read_outbox
from shared.testing.waiting import eventually
from tests.notifications import builders as build
from tests.notifications.amounts import count_touched
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

KIM, EVENT = uuid4(), uuid4()


def cancel(offer: UUID = EVENT, **other: Any) -> Message[Any]:
    return build.offer(offer, state=OfferState.CANCELLED, **other)


async def introduce(service: Running) -> None:
    """Let the service know all that a mail to Kim about the event needs."""
    await receive(service, ORGANISATION, [build.organisation()])
    await receive(service, PROFILE, [build.profile(KIM, language="en")])
    await receive(service, OFFER, [build.offer(EVENT)])


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


@pytest.mark.parametrize("restored", [False, True], ids=["at once", "held after a restore"])
async def test_however_many_registered_each_hears_of_the_cancellation_once_and_page_by_page(
    start: StartService, monkeypatch: pytest.MonkeyPatch, restored: bool
) -> None:
    monkeypatch.setattr(cancellations, "PAGE", 2)
    events, people = [uuid4(), uuid4(), uuid4()], sorted(uuid4() for _ in range(7))
    last = {person: uuid4() for person in people}
    async with start() as service:
        await receive(service, OFFER, [build.offer(event) for event in events])
        await receive(
            service,
            REGISTRATION,
            [
                build.registration(last[p] if e == events[0] else uuid4(), e, p)
                for e in events
                for p in people
            ],
        )
        if restored:
            await receive(service, OFFER, [replace(cancel(event), restored=True) for event in events])
        else:
            await receive(service, OFFER, [cancel(event) for event in events])
        assert len(await list_told(service)) == 2
        await receive(service, ERASURE, [build.erasure(people[1])])
        assert not await service.pool.fetchval(
            "SELECT count(*) FROM cancellation WHERE told_upto = $1", people[1]
        )
        await receive(
            service, REGISTRATION, [build.registration(last[people[6]], events[0], people[6], "withdrawn")]
        )
        while await run_worker(service, "cancellations"):
            pass

        told = await list_told(service)
        left = [person for person in people if person != people[1]]
        expected = [(str(e), str(p)) for e in events for p in left if (e, p) != (events[0], people[6])]
        assert sorted((offer, member) for offer, member, _ in told) == sorted(expected)
        assert {state for *_, state in told} == {"held" if restored else "waiting"}
        assert await service.pool.fetchval("SELECT count(*) FROM cancellation") == 0


async def test_however_many_were_confirmed_that_ends_page_by_page_and_none_is_sent_meanwhile(
    start: StartService, mailbox: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also that of a member whose registration is gone, as a restore of events undid it."""
    monkeypatch.setattr(cancellations, "PAGE", 2)
    people = sorted(uuid4() for _ in range(5))
    seats = [build.registration(uuid4(), EVENT, person) for person in people]
    async with start() as service:
        await introduce(service)
        await receive(service, PROFILE, [build.profile(person, language="en") for person in people])
        await receive(service, REGISTRATION, seats)
        await receive(service, REGISTRATION, [build.message(seats[3].key, None)])
        await run_worker(service, "compose")
        await receive(service, OFFER, [cancel()])
        await run_worker(service, "send default 0")
        assert mailbox.accepted == []
        while await run_worker(service, "cancellations"):
            pass

        assert await count_touched(service.pool, "superseded") == [1, 2, 2]
        assert [member for _, member, _ in sorted(await list_told(service))] == [
            str(person) for person in people if person != people[3]
        ]


async def test_a_confirmation_that_has_no_text_yet_gets_none_after_the_cancellation(
    start: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor a copy for a partner, of which nothing could be taken back."""
    monkeypatch.setattr(cancellations, "PAGE", 1)
    people = [uuid4(), uuid4()]
    async with start(PARTNERS="daad") as service:
        await introduce(service)
        await receive(service, PROFILE, [build.profile(person) for person in people])
        await receive(
            service, REGISTRATION, [build.registration(uuid4(), EVENT, person) for person in people]
        )
        await receive(service, OFFER, [cancel()])
        await run_worker(service, "compose")

        assert [data["kind"] for *_, data in await read_outbox(service.pool)] == ["offer-cancelled"]


async def test_what_comes_between_two_pages_of_a_cancellation_changes_nothing_of_it(
    start: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who registers late on either side of the page, the cancellation once more, an erasure, another process."""
    monkeypatch.setattr(cancellations, "PAGE", 2)
    early, *people, late = sorted(uuid4() for _ in range(8))
    async with start() as service:
        await introduce(service)
        await receive(service, REGISTRATION, [build.registration(uuid4(), EVENT, p) for p in people])
        cancelled = cancel()
        await receive(service, OFFER, [cancelled])
        await receive(service, REGISTRATION, [build.registration(uuid4(), EVENT, p) for p in (early, late)])
        await run_worker(service, "cancellations")
        await receive(service, ERASURE, [build.erasure(people[2]), build.erasure(people[5])])
        await receive(service, OFFER, [cancelled])
    async with start() as service:
        while await run_worker(service, "cancellations"):
            pass

        log = Counter(
            (str(entry["member"]), entry["kind"], entry["state"])
            for entry in await list_entries(service)
            if entry["member"]
        )
    left = [str(person) for person in (early, *people, late) if person not in (people[2], people[5])]
    assert log == Counter(
        (person, kind, state)
        for person in left
        for kind, state in (("registered", "superseded"), ("offer-cancelled", "waiting"))
    )


async def list_told(service: Running) -> list[tuple[str, str, str]]:
    """Of which offer each member hears that it is cancelled, and the delivery's state; who was erased is no one."""
    rows = await service.pool.fetch(
        "SELECT offer::text, member::text, state FROM delivery WHERE kind = 'offer-cancelled' AND member IS NOT NULL"
    )
    return [(row["offer"], row["member"], row["state"]) for row in rows]


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
