"""Step 4: mentorships are requested, brokered by the desk of the region, and agreed, in both directions."""

import asyncio
from typing import Any

import httpx

from deploy.local.data.mentorships import desks, mentorships
from deploy.local.journey.stage import Stage, Wrong, must, until

LIST = "giz"
RIVALS = ("FIT-002", "FIT-004")
SOUGHT = "MP-004"


async def mentorships_are_brokered(stage: Stage) -> str:
    """Mentorships are requested, brokered, agreed."""
    for desk in desks():
        body = {
            role: [await _member(stage, reference) for reference in desk[role]]
            for role in ("contacts", "deputies")
        }
        await _told(stage, "put", f"/desks/{desk['region']}", body)
    for story in mentorships():
        await _broker(stage, story)
    agreed = (await stage.figures("matching"))["requests"].get("agreed", 0)
    return f"{agreed} agreed, one in each direction, {len(desks())} desks"


async def capacity_holds(stage: Stage) -> str:
    """Two accept one adviser's place at once."""
    adviser = await _member(stage, SOUGHT)
    await _told(stage, "put", f"/advisers/{adviser}", {"capacity": 1})
    region = "ru-perm-krai"
    contact = await _member(stage, "MP-006")
    await _told(stage, "put", f"/desks/{region}", {"contacts": [contact], "deputies": []})
    proposals = [await _proposed(stage, region, rival, contact, adviser) for rival in RIVALS]
    answers = await asyncio.gather(*(_accept(stage, proposal, adviser) for proposal in proposals))
    states = sorted([await _state(stage, rival) for rival in RIVALS])
    must(["accepted", "proposed"], states, "one of two requests has the adviser")
    refused = [a for a in answers if a.status_code == 409]
    must(1, len(refused), "refusals")
    return "1 accepted, 1 refused"


async def _broker(stage: Stage, story: Any) -> None:
    requester = await _member(stage, story["requester"])
    request = await _request(stage, story["slug"], requester, story)
    if (await stage.get("matching", f"/requests/{request}"))["state"] == "agreed":
        return
    ranked = await stage.get("matching", f"/requests/{request}/candidates", limit=200)
    found = {candidate["adviser"] for candidate in ranked["items"]}
    wanted = {await _member(stage, reference) for reference in story["candidates"]}
    if not wanted <= found:
        raise Wrong(f"the ranking for {story['slug']} lacks {len(wanted - found)} advisers it must hold")
    adviser = await _member(stage, story["accepts"])
    desk = await stage.get("matching", f"/desks/{story['region']}")
    proposal = await _propose(stage, request, desk["contacts"][0], adviser)
    stage.good(await _accept(stage, proposal, adviser))
    agreement = await stage.doors["matching"].post(
        f"/requests/{request}/agreement", json={"member": requester}
    )
    stage.good(agreement)
    must("agreed", (await stage.get("matching", f"/requests/{request}"))["state"], story["slug"])


async def _proposed(stage: Stage, region: str, rival: str, contact: str, adviser: str) -> str:
    asked = {
        "region": region,
        "themes": ["foundry-industry"],
        "languages": ["ru", "en"],
        "text": "Wer kennt Perm?",
    }
    request = await _request(stage, f"rival-{rival}", await _member(stage, rival), asked)
    stage.requests[rival] = request
    return await _propose(stage, request, contact, adviser)


async def _request(stage: Stage, slug: str, requester: str, story: Any) -> str:
    body = {
        "member": requester,
        "region": story["region"],
        "themes": story["themes"],
        "languages": story["languages"],
        "question": story["text"],
    }
    answer = await stage.command("matching", "/requests", body, f"journey-request-{slug}")
    return str(stage.good(answer)["request"])


async def _propose(stage: Stage, request: str, contact: str, adviser: str) -> str:
    body = {"contact": contact, "adviser": adviser}
    answer = await stage.command(
        "matching", f"/requests/{request}/proposals", body, f"journey-proposal-{request}"
    )
    return str(stage.good(answer)["proposal"])


async def _accept(stage: Stage, proposal: str, adviser: str) -> httpx.Response:
    return await stage.doors["matching"].post(f"/proposals/{proposal}/acceptance", json={"member": adviser})


async def _state(stage: Stage, rival: str) -> str:
    request = stage.requests[rival]
    return str((await stage.get("matching", f"/requests/{request}"))["state"])


async def _member(stage: Stage, reference: str) -> str:
    if reference not in stage.members:
        page = await stage.get("members", "/members", organisation=LIST, reference=reference)
        stage.members[reference] = page["items"][0]["member"]
    return stage.members[reference]


async def _told(stage: Stage, method: str, path: str, body: Any) -> None:
    async def known() -> bool:
        answer = await stage.doors["matching"].request(method, path, json=body)
        if answer.status_code in (404, 409) and "member" in answer.json()["type"]:
            return False  # the matching service has not heard of the member yet
        stage.good(answer)
        return True

    await until(known, f"the members of {path} are known to the matching service")
