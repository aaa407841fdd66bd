"""Who gets what while a request becomes a mentorship."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.catalogue import ERASURE, MENTORSHIP, Topic
from shared.messaging.message import Message
from tests.notifications import builders as build
from tests.notifications.conftest import (
    StartService,
    list_entries,
    list_kinds,
    list_states,
    receive,
)

NOW = datetime.now(UTC)


async def test_each_step_of_a_mentorship_notifies_those_whose_turn_it_is(start: StartService) -> None:
    kim, adviser, desk, request, proposal = (uuid4() for _ in range(5))
    contacts = (desk,)
    steps = [
        build.mentorship(request, kim, contacts=contacts),
        build.mentorship(request, kim, "proposed", [(proposal, adviser, "proposed")], contacts=contacts),
        build.mentorship(request, kim, "accepted", [(proposal, adviser, "accepted")], contacts=contacts),
        build.mentorship(
            request, kim, "agreed", [(proposal, adviser, "accepted")], contacts=contacts, adviser=adviser
        ),
    ]
    async with start() as service:
        for state in (*steps, *steps):
            await receive(service, MENTORSHIP, [state])

        notified = [(entry["kind"], entry["member"]) for entry in await list_entries(service)]
    assert notified == [
        ("request-received", str(desk)),
        ("adviser-asked", str(adviser)),
        ("adviser-accepted", str(kim)),
        ("mentorship-agreed", str(kim)),
        ("mentorship-agreed", str(adviser)),
    ]


async def test_a_declined_proposal_goes_back_to_the_contact_person(start: StartService) -> None:
    kim, adviser, desk, deputy, request, proposal = (uuid4() for _ in range(6))
    desks: dict[str, Any] = {"contacts": (desk, deputy), "contact": desk}
    async with start() as service:
        for state in (
            build.mentorship(request, kim, "proposed", [(proposal, adviser, "proposed")], **desks),
            build.mentorship(request, kim, "requested", [(proposal, adviser, "declined")], **desks),
        ):
            await receive(service, MENTORSHIP, [state])

        notified = [(entry["kind"], entry["member"]) for entry in await list_entries(service)]
    assert notified == [("adviser-asked", str(adviser)), ("proposal-declined", str(desk))]


async def test_who_was_asked_in_vain_is_notified(start: StartService) -> None:
    kim, first, second, request, one, two = (uuid4() for _ in range(6))
    async with start() as service:
        for state in (
            build.mentorship(request, kim, "proposed", [(one, first, "proposed"), (two, second, "proposed")]),
            build.mentorship(
                request, kim, "accepted", [(one, first, "accepted"), (two, second, "withdrawn")]
            ),
        ):
            await receive(service, MENTORSHIP, [state])

        assert await list_kinds(service) == [
            "adviser-asked",
            "adviser-asked",
            "adviser-accepted",
            "proposal-ended",
        ]


async def test_a_proposal_that_lapses_goes_back_to_the_contact_person_and_the_adviser_may_forget_it(
    start: StartService,
) -> None:
    kim, adviser, desk, deputy, request, proposal = (uuid4() for _ in range(6))
    desks: dict[str, Any] = {"contacts": (desk, deputy), "contact": desk}
    asked = build.mentorship(request, kim, "proposed", [(proposal, adviser, "proposed")], **desks)
    lapsed = build.mentorship(
        request, kim, "requested", [(proposal, adviser, "withdrawn")], "adviser-full", **desks
    )
    async with start() as service:
        for state in (asked, lapsed, lapsed):
            await receive(service, MENTORSHIP, [state])

        notified = [(entry["kind"], entry["member"]) for entry in await list_entries(service)]
        facts = await service.pool.fetch("SELECT kind, facts FROM delivery WHERE facts ? 'lapse'")
    assert notified == [
        ("adviser-asked", str(adviser)),
        ("proposal-lapsed", str(adviser)),
        ("adviser-unavailable", str(desk)),
    ]
    assert {row["kind"]: row["facts"]["lapse"] for row in facts} == {
        "adviser-asked": None,
        "proposal-lapsed": "adviser-full",
        "adviser-unavailable": "adviser-full",
    }


@pytest.mark.parametrize("first", ["order", "request"])
async def test_the_desk_hears_that_an_adviser_was_erased_whichever_message_comes_first(
    start: StartService, first: str
) -> None:
    kim, adviser, desk, request, proposal = (uuid4() for _ in range(5))
    desks: dict[str, Any] = {"contacts": (desk,), "contact": desk}
    asked = build.mentorship(request, kim, "proposed", [(proposal, adviser, "proposed")], **desks)
    without = build.mentorship(request, kim, lost_advisers=1, **desks)
    steps: list[tuple[Topic, Message[Any]]] = [(ERASURE, build.erasure(adviser)), (MENTORSHIP, without)]
    async with start() as service:
        await receive(service, MENTORSHIP, [asked])
        for topic, message in steps if first == "order" else reversed(steps):
            await receive(service, topic, [message])
        await receive(service, MENTORSHIP, [build.mentorship(request, kim, lost_advisers=1, **desks)])

        notified = Counter((entry["kind"], entry["member"]) for entry in await list_entries(service))
    assert notified["adviser-unavailable", str(desk)] == 1


async def test_who_agreed_hears_of_the_end_when_the_adviser_was_erased(start: StartService) -> None:
    kim, adviser, request = uuid4(), uuid4(), uuid4()
    async with start() as service:
        await receive(service, MENTORSHIP, [build.mentorship(request, kim, "agreed", adviser=adviser)])
        await receive(service, ERASURE, [build.erasure(adviser)])
        await receive(service, MENTORSHIP, [build.mentorship(request, kim, "ended", lost_advisers=1)])

        assert (await list_entries(service))[-1]["kind"] == "request-ended"
        assert (await list_entries(service))[-1]["member"] == str(kim)


async def test_who_asked_is_notified_of_the_end_and_the_adviser_only_of_a_mentorship(
    start: StartService,
) -> None:
    kim, adviser, proposal = (uuid4() for _ in range(3))
    accepted, agreed = uuid4(), uuid4()
    proposals = [(proposal, adviser, "accepted")]
    async with start() as service:
        await receive(service, MENTORSHIP, [build.mentorship(accepted, kim, "accepted", proposals)])
        await receive(service, MENTORSHIP, [build.mentorship(agreed, kim, "agreed", adviser=adviser)])
        before = len(await list_entries(service))
        for request in (accepted, agreed):
            ended = build.mentorship(request, kim, "ended", proposals, adviser=adviser)
            await receive(service, MENTORSHIP, [ended])

        notified = [(entry["kind"], entry["member"]) for entry in (await list_entries(service))[before:]]
    assert notified == [
        ("request-ended", str(kim)),
        ("request-ended", str(kim)),
        ("request-ended", str(adviser)),
    ]


async def test_a_request_of_long_ago_that_is_published_again_is_no_news(start: StartService) -> None:
    desk = uuid4()
    asked = build.mentorship(uuid4(), uuid4(), contacts=(desk,), changed_at=NOW - timedelta(days=31))
    async with start() as service:
        await receive(service, MENTORSHIP, [asked])

        assert await list_states(service) == [("request-received", "undeliverable")]
