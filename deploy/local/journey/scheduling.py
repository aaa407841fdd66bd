"""Organisations publish their year; one page shows all offers, and so do its feeds."""

from typing import Any

from icalendar import Calendar

from deploy.local.data.offers import plan_offers
from deploy.local.journey.stage import Stage, StepFailed, require_all, require_equal, wait_for


async def events_are_scheduled(stage: Stage) -> str:
    """Events are scheduled."""
    planned = plan_offers(stage.start)
    for offer in planned:
        await _publish_offer(stage, offer)
    listed = await stage.list_all("events", "/offers")
    require_all((o["slug"] for o in planned), (o["slug"] for o in listed), "offers in the list")
    await _check_page_and_feeds(stage, planned)
    hosts = {offer["organisation"] for offer in planned}
    stage.links["the same as a calendar"] = f"{stage.context.urls['door']}/offers.ics"
    return f"{len(planned)} offers of {len(hosts)} organisations"


async def _publish_offer(stage: Stage, offer: Any) -> None:
    coordinator = await stage.persons.coordinate(offer["organisation"])

    async def try_creation() -> Any:
        key = f"journey-offer-{offer['slug']}"
        answer = await stage.send_command("events", "/offers", offer, key, coordinator)
        if answer.status_code == 403:
            return None  # the events service does not know its coordinator yet
        if answer.status_code in (404, 409) and "organisation" in answer.json()["type"]:
            return None  # the events service does not know it yet
        return stage.require_success(answer)

    scheduled = await wait_for(
        try_creation, f"organisation of {offer['slug']} is known to the events service"
    )
    stage.offers[offer["slug"]] = scheduled["offer"]
    published = await stage.clients["events"].post(
        f"/offers/{scheduled['offer']}/publication", headers=dict(coordinator)
    )
    stage.require_success(published)


async def _check_page_and_feeds(stage: Stage, planned: list[Any]) -> None:
    client = stage.clients["door"]
    page = await client.get("/", headers={"Accept": "text/html"})
    if not page.is_success or planned[0]["slug"] not in page.text:
        raise StepFailed("the overview does not show every offer")
    calendar = Calendar.from_ical((await client.get("/offers.ics")).text)
    require_all(
        (
            f"{stage.offers[offer['slug']]}-{n}"
            for offer in planned
            for n, _ in enumerate(offer["occurrences"], 1)
        ),
        (str(entry["uid"]).partition("@")[0] for entry in calendar.walk("VEVENT")),
        "occurrences in the calendar",
    )
    one = planned[0]["organisation"]
    of_one = await stage.list_all("events", "/offers", organisation=one)
    require_equal(
        {one}, {o["organisation"] for o in of_one if one not in o["co_hosts"]}, "filter by organisation"
    )
    linked = (await client.get("/offers.json")).json()
    if not linked:
        raise StepFailed("the JSON-LD feed is empty")
