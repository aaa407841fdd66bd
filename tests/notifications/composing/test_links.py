"""Each mail leads to the page where what it asks for is done."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from shared.contracts.catalogue import MENTORSHIP, OFFER, ORGANISATION, PROFILE, REGISTRATION
from shared.contracts.events import OfferState
from shared.testing.services import Running
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, list_entries, receive, run_worker

SITE = "https://alumni.example"


async def read_links(service: Running, *members: UUID) -> dict[str, str]:
    """Where the buttons of these members' mails lead, by kind."""
    while await run_worker(service, "compose"):
        pass
    found = {}
    for entry in await list_entries(service):
        if UUID(entry["member"]) in members and entry["state"] == "due":
            path = f"/deliveries/{entry['delivery']}"
            text = (await service.as_member(UUID(entry["member"])).get(path)).json()["text"]
            [link] = [word.removeprefix(SITE) for word in text.split() if word.startswith("http")]
            found[entry["kind"]] = link
    return found


async def test_whoever_has_or_had_a_place_is_led_to_where_something_is_done_about_it(
    start: StartService,
) -> None:
    kim, toni, offer, own, others = (uuid4() for _ in range(5))
    async with start(SITE=f"{SITE}/") as service:
        await receive(service, ORGANISATION, [build.organisation()])
        invited = build.profile(kim, invited_at=datetime.now(UTC))
        await receive(service, PROFILE, [invited, build.profile(toni)])
        await receive(service, OFFER, [build.offer(offer)])
        for state in ("waitlisted", "registered"):
            await receive(service, REGISTRATION, [build.registration(own, offer, kim, state)])
        await receive(service, REGISTRATION, [build.registration(others, offer, toni)])
        of_kim, of_toni = await read_links(service, kim), await read_links(service, toni)
        await receive(service, REGISTRATION, [build.registration(own, offer, kim, "withdrawn")])
        await receive(service, OFFER, [build.offer(offer, state=OfferState.CANCELLED)])
        in_the_end = await read_links(service, kim, toni)

    seat, page = f"/me/registrations/{own}", "/events/regionaltreffen-westbalkan"
    assert of_kim == {"waitlisted": seat, "moved-up": seat, "invitation": "/sign-in?return=%2Fme"}
    assert of_toni == {"registered": f"/me/registrations/{others}"}
    assert (in_the_end["withdrawn"], in_the_end["offer-cancelled"]) == (page, page)


async def test_each_turn_of_a_request_leads_to_where_it_is_taken(start: StartService) -> None:
    kim, adviser, other, desk, request = (uuid4() for _ in range(5))
    asked, second = (uuid4(), adviser), (uuid4(), other)
    steps = [
        build.mentorship(request, kim, contacts=(desk,)),
        build.mentorship(request, kim, "proposed", [(*second, "proposed")], contacts=(desk,)),
        build.mentorship(request, kim, "requested", [(*second, "declined")], contacts=(desk,)),
        build.mentorship(
            request, kim, "proposed", [(*second, "declined"), (*asked, "proposed")], contacts=(desk,)
        ),
        build.mentorship(request, kim, "accepted", [(*asked, "accepted")], contacts=(desk,)),
        build.mentorship(request, kim, "agreed", [(*asked, "accepted")], contacts=(desk,), adviser=adviser),
        build.mentorship(request, kim, "ended", [(*asked, "accepted")], contacts=(desk,), adviser=adviser),
    ]
    async with start(PUBLIC_URL=SITE) as service:
        await receive(service, PROFILE, [build.profile(each) for each in (kim, adviser, other, desk)])
        for step in steps:
            await receive(service, MENTORSHIP, [step])
        of_desk, of_adviser, of_kim = [await read_links(service, each) for each in (desk, adviser, kim)]

    at_desk, own = f"/advice/desk/{request}", f"/advice/requests/{request}"
    assert of_desk == {"request-received": at_desk, "proposal-declined": at_desk}
    assert of_adviser == {"adviser-asked": own, "mentorship-agreed": own, "request-ended": "/advice"}
    assert of_kim == {"adviser-accepted": own, "mentorship-agreed": own, "request-ended": "/advice"}
