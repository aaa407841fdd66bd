"""Step 2: organisations publish their year; one page shows all offers, and so do its feeds."""

from typing import Any

from icalendar import Calendar

from deploy.local.data.offers import offers
from deploy.local.journey.stage import Stage, Wrong, must, until


async def events_are_scheduled(stage: Stage) -> str:
    """Events are scheduled."""
    planned = offers(stage.start)
    for offer in planned:
        await _publish(stage, offer)
    listed = await stage.pages("events", "/offers")
    must({o["slug"] for o in planned}, {o["slug"] for o in listed}, "offers in the list")
    await _page_and_feeds(stage, planned)
    hosts = {offer["organisation"] for offer in planned}
    stage.links["the same as a calendar"] = f"{stage.context.urls['events']}/offers.ics"
    return f"{len(planned)} offers of {len(hosts)} organisations"


async def _publish(stage: Stage, offer: Any) -> None:
    async def made() -> Any:
        answer = await stage.command("events", "/offers", offer, f"journey-offer-{offer['slug']}")
        if answer.status_code in (404, 409) and "organisation" in answer.json()["type"]:
            return None  # the events service has not heard of it yet
        return stage.good(answer)

    scheduled = await until(made, f"organisation of {offer['slug']} is known to the events service")
    stage.offers[offer["slug"]] = scheduled["offer"]
    stage.good(await stage.doors["events"].post(f"/offers/{scheduled['offer']}/publication"))


async def _page_and_feeds(stage: Stage, planned: list[Any]) -> None:
    door = stage.doors["events"]
    page = await door.get("/", headers={"Accept": "text/html"})
    if not page.is_success or planned[0]["slug"] not in page.text:
        raise Wrong("the overview does not show every offer")
    calendar = Calendar.from_ical((await door.get("/offers.ics")).text)
    sittings = sum(len(offer["occurrences"]) for offer in planned)
    must(sittings, len(calendar.walk("VEVENT")), "sittings in the calendar")
    one = planned[0]["organisation"]
    of_one = await stage.pages("events", "/offers", organisation=one)
    must({one}, {o["organisation"] for o in of_one if one not in o["co_hosts"]}, "filter by organisation")
    linked = (await door.get("/offers.json")).json()
    if not linked:
        raise Wrong("the JSON-LD feed is empty")
