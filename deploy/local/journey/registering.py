"""Members register from several clients at once, and a withdrawal moves the first one up."""

import asyncio
import time
from typing import Any

from deploy.local.journey.stage import Stage, StepFailed, require_all, require_equal, wait_for

OFFER, HOST = "ips-kolloquium", "deutscher-bundestag"
SEATS = 64
WAITING = 36
CLIENTS = 8


async def members_register(stage: Stage) -> str:
    """Members register for an event with 64 seats."""
    offer = stage.offers[OFFER]
    coordinator = await stage.persons.coordinate(HOST)
    listed = await stage.list_all("members", "/members", coordinator, organisation=HOST)
    asking = [m["member"] for m in listed][: SEATS + WAITING]
    gate = asyncio.Semaphore(CLIENTS)

    async def register_in_turn(member: str) -> Any:
        async with gate:
            return await _register_when_known(stage, offer, member)

    began = time.perf_counter()
    answers = await asyncio.gather(*(register_in_turn(member) for member in asking))
    seconds = time.perf_counter() - began
    for member, answer in zip(asking, answers, strict=True):
        stage.registrations[answer["registration"]] = member
        stage.told.add((answer["state"], member))
    await require_seats(stage)
    first = sum(answer["state"] == "registered" for answer in answers)
    return (
        f"{first} confirmed, {len(answers) - first} waiting, {CLIENTS} clients at once,"
        f" {len(answers) / seconds:.0f}/s"
    )


async def require_seats(stage: Stage) -> dict[str, str]:
    """The state of each registration of the journey.

    Raises `StepFailed` if one of them lacks, if a seat is taken twice or free while somebody waits, or if there is a
    gap in the waiting list, whoever else has registered or withdrawn.
    """
    path = f"/offers/{stage.offers[OFFER]}"
    listed = await stage.list_all("events", f"{path}/registrations", await stage.persons.coordinate(HOST))
    states = {each["registration"]: each["state"] for each in listed}
    require_all(stage.registrations, states, "registrations")
    waiting = sorted(each["position"] for each in listed if each["state"] == "waitlisted")
    require_equal(list(range(1, len(waiting) + 1)), waiting, "positions on the waiting list")
    confirmed, places = (
        list(states.values()).count("registered"),
        (await stage.get_json("events", path))["places"],
    )
    if confirmed > places or (waiting and confirmed < places):
        raise StepFailed(f"{confirmed} are confirmed for {places} seats, and {len(waiting)} wait")
    return {registration: states[registration] for registration in stage.registrations}


async def a_withdrawal_moves_the_next_one_up(stage: Stage) -> str:
    """A withdrawal moves the next one up."""
    before = await require_seats(stage)
    leaving = _find_first(before, "withdrawn") or _find_first(before, "registered")
    answer = await stage.clients["events"].delete(
        f"/registrations/{leaving}", headers=dict(stage.persons.be(stage.registrations[leaving]))
    )
    stage.require_success(answer)
    after = await require_seats(stage)
    require_equal("withdrawn", after[leaving], "the registration that was given back")
    moved_up = [r for r, state in after.items() if state == "registered" and _waited(stage, r)]
    if not moved_up:
        raise StepFailed("nobody of those who waited has moved up")
    stage.told.add(("withdrawn", stage.registrations[leaving]))
    stage.told.update(("moved-up", stage.registrations[registration]) for registration in moved_up)
    return "1 withdrawn, 1 moved up"


def _find_first(states: dict[str, str], wanted: str) -> str:
    return next((registration for registration, state in states.items() if state == wanted), "")


def _waited(stage: Stage, registration: str) -> bool:
    return ("waitlisted", stage.registrations[registration]) in stage.told


async def _register_when_known(stage: Stage, offer: str, member: str) -> Any:
    async def try_registration() -> Any:
        key = f"journey-registration-{member}"
        path = f"/offers/{offer}/registrations"
        answer = await stage.send_command("events", path, {}, key, stage.persons.be(member))
        if answer.status_code in (404, 409) and "member" in answer.json()["type"]:
            return None  # the events service does not know the member yet
        return stage.require_success(answer)

    return await wait_for(try_registration, "a member is known to the events service")
