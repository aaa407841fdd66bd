"""Who gets what while a request becomes a mentorship."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.contracts.catalogue import MENTORSHIP
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
    desks = {"contacts": (desk, deputy), "contact": desk}
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
