"""Members register from several clients at once, and a withdrawal moves the first one up."""

import asyncio
import time
from typing import Any

from deploy.local.journey.stage import Stage, require_equal, wait_for

OFFER = "ips-kolloquium"
SEATS = 64
WAITING = 36
CLIENTS = 8


async def members_register(stage: Stage) -> str:
    """Members register for an event with 64 seats."""
    offer = stage.offers[OFFER]
    listed = await stage.list_all("members", "/members", organisation="deutscher-bundestag")
    asking = [m["member"] for m in listed][: SEATS + WAITING]
    gate = asyncio.Semaphore(CLIENTS)

    async def register_in_turn(member: str) -> Any:
        async with gate:
            return await _register_when_known(stage, offer, member)

    began = time.perf_counter()
    answers = await asyncio.gather(*(register_in_turn(member) for member in asking))
    seconds = time.perf_counter() - began
    first = [a for a in answers if a["state"] == "registered"]
    waiting = sorted(a["position"] for a in answers if a["state"] == "waitlisted")
    require_equal(SEATS, len(first), "confirmed")
    require_equal(list(range(1, WAITING + 1)), waiting, "positions on the waiting list")
    return f"{len(first)} confirmed, {len(waiting)} waiting, {CLIENTS} clients at once, {len(answers) / seconds:.0f}/s"


async def a_withdrawal_moves_the_next_one_up(stage: Stage) -> str:
    """A withdrawal moves the next one up."""
    offer = stage.offers[OFFER]
    before = await _registrations_by_state(stage, offer)
    if "withdrawn" not in before:
        leaving = next(iter(before["registered"]))
        answer = await stage.clients["events"].delete(f"/registrations/{leaving['registration']}")
        stage.require_success(answer)
    after = await _registrations_by_state(stage, offer)
    require_equal(SEATS, len(after["registered"]), "confirmed")
    require_equal(WAITING - 1, len(after["waitlisted"]), "waiting")
    require_equal(1, len(after["withdrawn"]), "withdrawn")
    return "1 withdrawn, 1 moved up"


async def _register_when_known(stage: Stage, offer: str, member: str) -> Any:
    async def try_registration() -> Any:
        answer = await stage.send_command(
            "events", f"/offers/{offer}/registrations", {"member": member}, f"journey-registration-{member}"
        )
        if answer.status_code in (404, 409) and "member" in answer.json()["type"]:
            return None  # the events service does not know the member yet
        return stage.require_success(answer)

    return await wait_for(try_registration, "a member is known to the events service")


async def _registrations_by_state(stage: Stage, offer: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for registration in await stage.list_all("events", f"/offers/{offer}/registrations"):
        found.setdefault(registration["state"], []).append(registration)
    return found
