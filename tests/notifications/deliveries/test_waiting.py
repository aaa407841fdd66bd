"""What a delivery waits for, and what becomes of it when that doesn't come."""

from uuid import uuid4

from shared.contracts.catalogue import OFFER, ORGANISATION, PROFILE, REGISTRATION
from tests.notifications import builders as build
from tests.notifications.conftest import (
    StartService,
    list_entries,
    list_states,
    receive,
    run_worker,
)


async def test_what_lacks_its_offer_or_its_person_waits_and_is_due_when_they_arrive(
    start: StartService,
) -> None:
    kim, event = uuid4(), uuid4()
    async with start() as service:
        await receive(service, REGISTRATION, [build.registration(uuid4(), event, kim)])
        assert await list_states(service) == [("registered", "waiting")]
        await receive(service, PROFILE, [build.profile(kim)])
        await receive(service, ORGANISATION, [build.organisation()])
        assert await list_states(service) == [("registered", "waiting")]
        await receive(service, OFFER, [build.offer(event)])

        assert await list_states(service) == [("registered", "due")]


async def test_what_two_transactions_completed_past_each_other_is_due_at_the_next_sweep(
    start: StartService,
) -> None:
    kim, event = uuid4(), uuid4()
    async with start() as service:
        for topic, message in (
            (ORGANISATION, build.organisation()),
            (PROFILE, build.profile(kim)),
            (OFFER, build.offer(event)),
            (REGISTRATION, build.registration(uuid4(), event, kim)),
        ):
            await receive(service, topic, [message])
        await service.pool.execute("UPDATE delivery SET state = 'waiting'")
        await run_worker(service, "sweep")

        assert await list_states(service) == [("registered", "due")]


async def test_what_waits_past_its_deadline_is_undeliverable_and_says_why(start: StartService) -> None:
    kim = uuid4()
    async with start() as service:
        await receive(service, PROFILE, [build.profile(kim)])
        await receive(service, REGISTRATION, [build.registration(uuid4(), uuid4(), kim)])
        await receive(service, REGISTRATION, [build.registration(uuid4(), uuid4(), uuid4())])
        await service.pool.execute("UPDATE delivery SET deadline = now() - interval '1 second'")
        await run_worker(service, "sweep")

        ended = [(entry["state"], entry["reason"]) for entry in await list_entries(service)]
        assert ended == [
            ("undeliverable", "the offer never became known"),
            ("undeliverable", "no contact data arrived"),
        ]
