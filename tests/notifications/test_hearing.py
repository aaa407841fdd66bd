"""Who hears of what: each change of state is told once, when all that its text needs is known."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from shared.contracts.catalogue import ERASURE, MENTORSHIP, OFFER, ORGANISATION, PROFILE, REGISTRATION
from shared.contracts.events import OfferState
from shared.testing.services import Running
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, list_entries, receive, run_worker

NOW = datetime.now(UTC)


async def kinds(service: Running) -> list[str]:
    return [entry["kind"] for entry in await list_entries(service)]


async def states(service: Running) -> list[tuple[str, str]]:
    return [(entry["kind"], entry["state"]) for entry in await list_entries(service)]


async def test_an_organisation_invites_a_member_once_however_often_the_profile_changes(
    start: StartService,
) -> None:
    kim = uuid4()
    invited = build.profile(kim, invited_at=NOW)
    async with start() as service:
        await receive(service, ORGANISATION, [build.organisation(), build.organisation("giz")])
        await receive(service, PROFILE, [invited, build.profile(kim, invited_at=NOW)])
        await receive(service, PROFILE, [invited, build.profile(kim, invited_at=NOW, language="en")])
        await receive(service, PROFILE, [build.profile(kim, invited_at=NOW, organisations=("daad", "giz"))])

        assert await states(service) == [("invitation", "due"), ("invitation", "due")]


async def test_a_silent_join_and_an_invitation_of_long_ago_send_nothing(start: StartService) -> None:
    old = NOW - timedelta(days=31)
    async with start() as service:
        await receive(service, PROFILE, [build.profile(uuid4()), build.profile(uuid4(), invited_at=old)])

        assert await states(service) == [("invitation", "undeliverable")]


async def test_a_state_of_long_ago_that_is_published_again_is_no_news(start: StartService) -> None:
    """As to a service whose own data was lost: the messages are new, what they tell is old."""
    kim, event, old = uuid4(), uuid4(), NOW - timedelta(days=31)
    placed = build.registration(uuid4(), event, kim, at=old)
    asked = build.mentorship(uuid4(), kim, contacts=(kim,), changed_at=old)
    async with start() as service:
        await receive(service, PROFILE, [build.profile(kim)])
        await receive(service, OFFER, [build.offer(event)])
        await receive(service, ORGANISATION, [build.organisation()])
        await receive(service, REGISTRATION, [placed])
        await receive(service, MENTORSHIP, [asked])

        assert await states(service) == [
            ("registered", "undeliverable"),
            ("request-received", "undeliverable"),
        ]


async def test_each_step_of_a_registration_is_told_once(start: StartService) -> None:
    kim, event, place = uuid4(), uuid4(), uuid4()
    steps = [
        build.registration(place, event, kim, "waitlisted", position=2),
        build.registration(place, event, kim, "registered", moved_up=True),
        build.registration(place, event, kim, "registered", moved_up=True),
        build.registration(place, event, kim, "withdrawn"),
        build.registration(place, event, kim, "registered"),
    ]
    async with start() as service:
        await receive(service, REGISTRATION, steps[:3])
        await receive(service, REGISTRATION, steps[1:])
        await receive(service, REGISTRATION, steps)

        assert await kinds(service) == ["waitlisted", "moved-up", "withdrawn", "registered"]


async def test_what_lacks_its_offer_or_its_person_waits_and_goes_when_they_arrive(
    start: StartService,
) -> None:
    kim, event = uuid4(), uuid4()
    async with start() as service:
        await receive(service, REGISTRATION, [build.registration(uuid4(), event, kim)])
        assert await states(service) == [("registered", "waiting")]
        await receive(service, PROFILE, [build.profile(kim)])
        await receive(service, ORGANISATION, [build.organisation()])
        assert await states(service) == [("registered", "waiting")]
        await receive(service, OFFER, [build.offer(event)])

        assert await states(service) == [("registered", "due")]


async def test_what_two_processes_completed_past_each_other_goes_at_the_next_sweep(
    start: StartService,
) -> None:
    kim, event = uuid4(), uuid4()
    async with start() as service:
        for topic, told in (
            (ORGANISATION, build.organisation()),
            (PROFILE, build.profile(kim)),
            (OFFER, build.offer(event)),
            (REGISTRATION, build.registration(uuid4(), event, kim)),
        ):
            await receive(service, topic, [told])
        await service.pool.execute("UPDATE delivery SET state = 'waiting'")
        await run_worker(service, "sweep")

        assert await states(service) == [("registered", "due")]


async def test_what_waits_past_its_deadline_is_undeliverable_and_says_why(start: StartService) -> None:
    kim = uuid4()
    async with start() as service:
        await receive(service, PROFILE, [build.profile(kim)])
        await receive(service, REGISTRATION, [build.registration(uuid4(), uuid4(), kim)])
        await receive(service, REGISTRATION, [build.registration(uuid4(), uuid4(), uuid4())])
        await service.pool.execute("UPDATE delivery SET deadline = now() - interval '1 second'")
        await run_worker(service, "sweep")

        told = [(entry["state"], entry["reason"]) for entry in await list_entries(service)]
        assert told == [
            ("undeliverable", "the offer never became known"),
            ("undeliverable", "no contact data arrived"),
        ]


async def test_who_holds_or_awaits_a_place_hears_that_the_offer_is_cancelled(start: StartService) -> None:
    event, people = uuid4(), [uuid4(), uuid4(), uuid4()]
    named = ("registered", "waitlisted", "withdrawn")
    async with start() as service:
        await receive(service, OFFER, [build.offer(event)])
        told = [build.registration(uuid4(), event, p, state) for p, state in zip(people, named, strict=True)]
        await receive(service, REGISTRATION, told)
        cancelled = build.offer(event, state=OfferState.CANCELLED)
        await receive(service, OFFER, [cancelled])
        await receive(service, OFFER, [cancelled, build.offer(event, state=OfferState.CANCELLED)])

        heard = {e["member"] for e in await list_entries(service) if e["kind"] == "offer-cancelled"}
        assert heard == {str(people[0]), str(people[1])}


async def test_a_mentorship_is_told_to_those_whose_turn_it_is(start: StartService) -> None:
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
        for told in (*steps, *steps):
            await receive(service, MENTORSHIP, [told])

        heard = [(entry["kind"], entry["member"]) for entry in await list_entries(service)]
    assert heard == [
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
        for told in (
            build.mentorship(request, kim, "proposed", [(proposal, adviser, "proposed")], **desks),
            build.mentorship(request, kim, "requested", [(proposal, adviser, "declined")], **desks),
        ):
            await receive(service, MENTORSHIP, [told])

        heard = [(entry["kind"], entry["member"]) for entry in await list_entries(service)]
    assert heard == [("adviser-asked", str(adviser)), ("proposal-declined", str(desk))]


async def test_those_asked_in_vain_hear_it(start: StartService) -> None:
    kim, first, second, request, one, two = (uuid4() for _ in range(6))
    async with start() as service:
        for told in (
            build.mentorship(request, kim, "proposed", [(one, first, "proposed"), (two, second, "proposed")]),
            build.mentorship(
                request, kim, "accepted", [(one, first, "accepted"), (two, second, "withdrawn")]
            ),
        ):
            await receive(service, MENTORSHIP, [told])

        assert await kinds(service) == [
            "adviser-asked",
            "adviser-asked",
            "adviser-accepted",
            "proposal-ended",
        ]


async def test_an_old_state_that_comes_late_changes_nothing(start: StartService) -> None:
    kim, event, place = uuid4(), uuid4(), uuid4()
    old = build.registration(place, event, kim, "waitlisted")
    before = build.profile(kim, email="before@example.org")
    async with start() as service:
        await receive(service, REGISTRATION, [build.registration(place, event, kim), old])
        await receive(service, PROFILE, [build.profile(kim, email="now@example.org"), before])

        assert await kinds(service) == ["registered"]
        assert await service.pool.fetchval("SELECT email FROM recipient") == "now@example.org"


async def test_nothing_is_written_to_somebody_erased_whatever_comes_late(start: StartService) -> None:
    kim, event = uuid4(), uuid4()
    async with start() as service:
        await receive(service, ERASURE, [build.erasure(kim)])
        await receive(service, PROFILE, [build.profile(kim, invited_at=NOW)])
        await receive(service, REGISTRATION, [build.registration(uuid4(), event, kim)])
        await receive(service, MENTORSHIP, [build.mentorship(uuid4(), uuid4(), contacts=(kim,))])

        assert await list_entries(service) == []
        counts = (await service.http.get("/statistics")).json()
        assert (counts["members"], counts["registrations"], counts["mentorships"]) == (0, 0, 0)
