"""What a delivery waits for, and what becomes of it when that doesn't come."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from services.notifications.deliveries.sweeping import PAGE
from shared.contracts.catalogue import MENTORSHIP, OFFER, ORGANISATION, PROFILE, REGISTRATION, Topic
from shared.messaging.message import Message
from shared.testing.services import Running
from tests.notifications import builders as build
from tests.notifications.amounts import add_deliveries, add_recipients, count_touched
from tests.notifications.conftest import StartService, list_entries, list_states, receive, run_worker

KIM, ADVISER, EVENT = uuid4(), uuid4(), uuid4()
NEEDED: dict[str, tuple[Topic, Message[Any]]] = {
    "contact data": (PROFILE, build.profile(KIM)),
    "offer": (OFFER, build.offer(EVENT)),
    "organisation": (ORGANISATION, build.organisation()),
}


async def register(service: Running) -> None:
    await receive(service, REGISTRATION, [build.registration(uuid4(), EVENT, KIM)])


async def accept_request(service: Running) -> None:
    """Kim is notified of the adviser, by name."""
    accepted = [(uuid4(), ADVISER, "accepted")]
    await receive(service, MENTORSHIP, [build.mentorship(uuid4(), KIM, "accepted", accepted)])


async def learn(service: Running, what: Sequence[str]) -> None:
    for name in what:
        topic, message = NEEDED[name]
        await receive(service, topic, [message])


@pytest.mark.parametrize("last", NEEDED)
async def test_what_lacks_something_waits_and_is_due_when_it_arrives(start: StartService, last: str) -> None:
    async with start() as service:
        await register(service)
        await learn(service, [name for name in NEEDED if name != last])
        await run_worker(service, "sweep")
        assert await list_states(service) == [("registered", "waiting")]
        await learn(service, [last])
        await run_worker(service, "sweep")

        assert await list_states(service) == [("registered", "due")]


async def test_a_text_that_names_another_member_waits_for_that_ones_name(start: StartService) -> None:
    async with start() as service:
        await receive(service, PROFILE, [build.profile(KIM)])
        await accept_request(service)
        assert await list_states(service) == [("adviser-accepted", "waiting")]
        await receive(service, PROFILE, [build.profile(ADVISER)])

        assert await list_states(service) == [("adviser-accepted", "due")]


async def test_what_two_transactions_completed_past_each_other_is_due_at_the_next_sweep(
    start: StartService,
) -> None:
    async with start() as service:
        await learn(service, list(NEEDED))
        await register(service)
        await service.pool.execute("UPDATE delivery SET state = 'waiting'")
        await run_worker(service, "sweep")

        assert await list_states(service) == [("registered", "due")]


@pytest.mark.parametrize("lacks", ["offer", "organisation"])
async def test_however_many_wait_for_one_thing_they_are_due_a_page_a_transaction_when_it_arrives(
    start: StartService, lacks: str
) -> None:
    needed: dict[str, tuple[Topic, Message[Any]]] = {
        "offer": (OFFER, build.offer(EVENT, organisation="akd")),
        "organisation": (ORGANISATION, build.organisation("akd")),
    }
    topic, message = needed.pop(lacks)
    [(other_topic, other_message)] = needed.values()
    async with start() as service:
        await receive(service, other_topic, [other_message])
        await add_recipients(service.pool)
        await add_deliveries(service.pool, 2 * PAGE + 1, state="waiting")
        await service.pool.execute("UPDATE delivery SET organisation = NULL, offer = $1", EVENT)
        await receive(service, topic, [message])
        while await run_worker(service, "sweep"):
            pass

        assert await count_touched(service.pool, "due") == [1, PAGE, PAGE]


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ([], "no contact data arrived"),
        (["contact data"], "the offer never became known"),
        (["contact data", "offer"], "the organisation never became known"),
    ],
)
async def test_what_waits_past_its_deadline_is_undeliverable_and_says_why(
    start: StartService, known: Sequence[str], reason: str
) -> None:
    async with start() as service:
        await learn(service, known)
        await register(service)
        await service.pool.execute("UPDATE delivery SET deadline = now() - interval '1 second'")
        await run_worker(service, "sweep")

        [entry] = await list_entries(service)
    assert (entry["state"], entry["reason"]) == ("undeliverable", reason)


async def test_a_text_that_names_a_member_who_never_becomes_known_is_undeliverable(
    start: StartService,
) -> None:
    async with start() as service:
        await receive(service, PROFILE, [build.profile(KIM)])
        await accept_request(service)
        await service.pool.execute("UPDATE delivery SET deadline = now() - interval '1 second'")
        await run_worker(service, "sweep")

        [entry] = await list_entries(service)
    assert (entry["state"], entry["reason"]) == ("undeliverable", "the other person never became known")


@pytest.mark.parametrize("reason", [None, "451 come back later"])
async def test_what_was_due_for_three_days_has_failed_for_its_last_reason(
    start: StartService, reason: str | None
) -> None:
    async with start() as service:
        await learn(service, list(NEEDED))
        await register(service)
        await register(service)
        await service.pool.execute(
            "UPDATE delivery SET reason = $1, created_at = now() - interval '73 hours'"
            " WHERE place = (SELECT min(place) FROM delivery)",
            reason,
        )
        await run_worker(service, "sweep")

        entries = [(entry["state"], entry["reason"]) for entry in await list_entries(service)]
    assert entries == [("failed", reason or "no mail server took it for three days"), ("due", None)]


@pytest.mark.parametrize(
    ("state", "change", "end"),
    [
        ("waiting", "deadline = now() - interval '1 second'", "undeliverable"),
        ("waiting", "organisation = 'daad'", "due"),
        ("due", "created_at = now() - interval '4 days'", "failed"),
    ],
)
async def test_a_sweep_goes_page_by_page_and_rests_after_the_last(
    start: StartService, state: str, change: str, end: str
) -> None:
    async def count_ended() -> int:
        return int(await service.pool.fetchval("SELECT count(*) FROM delivery WHERE state = $1", end))

    async with start() as service:
        await add_recipients(service.pool)
        await add_deliveries(service.pool, 2 * PAGE + 1, state=state, organisation="nobody")
        await service.pool.execute(f"UPDATE delivery SET {change}")
        for page in (1, 2):
            assert await run_worker(service, "sweep") > 0
            assert await count_ended() == page * PAGE
        assert await run_worker(service, "sweep") == 0
        assert await count_ended() == 2 * PAGE + 1


async def test_a_sweep_reaches_what_waits_behind_what_can_not_go(start: StartService) -> None:
    async with start() as service:
        await add_recipients(service.pool)
        await add_deliveries(service.pool, 2 * PAGE, state="waiting", organisation="nobody")
        await add_deliveries(service.pool, 1, state="waiting", organisation="daad")
        while await run_worker(service, "sweep"):
            pass

        assert await service.pool.fetchval("SELECT organisation FROM delivery WHERE state = 'due'") == "daad"
