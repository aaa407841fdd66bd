"""Step 3: members register from several clients at once, and a withdrawal moves the first one up."""

import asyncio
import time
from typing import Any

from deploy.local.journey.stage import Stage, must, until

OFFER = "ips-kolloquium"
PLACES = 64
WAITING = 36
CLIENTS = 8


async def members_register(stage: Stage) -> str:
    """Members register for an event with 64 places."""
    offer = stage.offers[OFFER]
    listed = await stage.pages("members", "/members", organisation="deutscher-bundestag")
    asking = [m["member"] for m in listed][: PLACES + WAITING]
    gate = asyncio.Semaphore(CLIENTS)

    async def register(member: str) -> Any:
        async with gate:
            return await _register(stage, offer, member)

    began = time.perf_counter()
    answers = await asyncio.gather(*(register(member) for member in asking))
    seconds = time.perf_counter() - began
    first = [a for a in answers if a["state"] == "registered"]
    waiting = sorted(a["position"] for a in answers if a["state"] == "waitlisted")
    must(PLACES, len(first), "confirmed")
    must(list(range(1, WAITING + 1)), waiting, "places on the waiting list")
    return f"{len(first)} confirmed, {len(waiting)} waiting, {CLIENTS} clients at once, {len(answers) / seconds:.0f}/s"


async def a_withdrawal_moves_the_next_one_up(stage: Stage) -> str:
    """A withdrawal moves the next one up."""
    offer = stage.offers[OFFER]
    before = await _registrations(stage, offer)
    if "withdrawn" not in before:
        leaving = next(iter(before["registered"]))
        answer = await stage.doors["events"].delete(f"/registrations/{leaving['registration']}")
        stage.good(answer)
    after = await _registrations(stage, offer)
    must(PLACES, len(after["registered"]), "confirmed")
    must(WAITING - 1, len(after["waitlisted"]), "waiting")
    must(1, len(after["withdrawn"]), "withdrawn")
    return "1 withdrawn, 1 moved up"


async def _register(stage: Stage, offer: str, member: str) -> Any:
    async def answered() -> Any:
        answer = await stage.command(
            "events", f"/offers/{offer}/registrations", {"member": member}, f"journey-registration-{member}"
        )
        if answer.status_code in (404, 409) and "member" in answer.json()["type"]:
            return None  # the events service has not heard of the member yet
        return stage.good(answer)

    return await until(answered, "a member is known to the events service")


async def _registrations(stage: Stage, offer: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for registration in await stage.pages("events", f"/offers/{offer}/registrations"):
        found.setdefault(registration["state"], []).append(registration)
    return found
