"""However many registered for what is cancelled, they hear of it page by page, and nothing comes between the pages."""

from collections import Counter
from dataclasses import replace
from uuid import uuid4

import pytest

from services.notifications.triggers import cancellations
from shared.contracts.catalogue import ERASURE, OFFER, PROFILE, REGISTRATION
from shared.testing.services import Running, read_outbox
from tests.notifications import builders as build
from tests.notifications.amounts import count_touched
from tests.notifications.cancelled import EVENT, cancel, introduce
from tests.notifications.conftest import (
    StartService,
    list_entries,
    receive,
    run_worker,
)
from tests.notifications.mailserver import MailServer


async def list_told(service: Running) -> list[tuple[str, str, str]]:
    """Of which offer each member hears that it is cancelled, and the delivery's state; who was erased is no one."""
    rows = await service.pool.fetch(
        "SELECT offer::text, member::text, state FROM delivery WHERE kind = 'offer-cancelled' AND member IS NOT NULL"
    )
    return [(row["offer"], row["member"], row["state"]) for row in rows]


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
