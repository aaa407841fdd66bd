"""Mentorships are requested, brokered by the desk of the region, and agreed, in both directions."""

import asyncio
from typing import Any

import httpx

from deploy.local.data.mentorships import list_desks, list_mentorships
from deploy.local.journey.signing_in import Headers
from deploy.local.journey.stage import Stage, StepFailed, require_equal, wait_for

LIST = "giz"
RIVALS = ("FIT-002", "FIT-004")
SOUGHT = "MP-004"
AFTER_AGREEMENT = ("agreed", "ended")


async def mentorships_are_brokered(stage: Stage) -> str:
    """Mentorships are requested, brokered, agreed."""
    for desk in list_desks():
        body = {
            role: [await _find_member(stage, reference) for reference in desk[role]]
            for role in ("contacts", "deputies")
        }
        await _send_when_known(stage, f"/desks/{desk['region']}", body, await stage.persons.operate())
    for story in list_mentorships():
        await _broker_mentorship(stage, story)
    return f"{len(list_mentorships())} agreed, one in each direction, {len(list_desks())} desks"


async def capacity_holds(stage: Stage) -> str:
    """Two requests compete for one adviser's capacity."""
    adviser = await _find_member(stage, SOUGHT)
    await _send_when_known(stage, f"/advisers/{adviser}", {"capacity": 1}, stage.persons.be(adviser))
    region = "ru-perm-krai"
    contact, deputy = await _find_member(stage, "MP-006"), await _find_member(stage, "MP-002")
    staff = {"contacts": [contact], "deputies": [deputy]}
    await _send_when_known(stage, f"/desks/{region}", staff, await stage.persons.operate())
    stage.told |= {("proposal-lapsed", adviser), ("adviser-unavailable", contact)}
    for rival in RIVALS:
        await _ask_as_rival(stage, region, rival)
    if not any([await _has_adviser(stage, rival) for rival in RIVALS]):
        await _accept_both(stage, contact, adviser)
    return "1 accepted, 1 refused and back at the desk"


async def _accept_both(stage: Stage, contact: str, adviser: str) -> None:
    requests = [stage.requests[rival] for rival in RIVALS]
    proposals = [await _propose_adviser(stage, request, contact, adviser) for request in requests]
    responses = await asyncio.gather(*(_accept_proposal(stage, proposal, adviser) for proposal in proposals))
    refused = [a for a in responses if a.status_code == 409]
    require_equal(1, len(refused), "refusals")
    await wait_for(lambda: _has_one_adviser(stage), "the other request is back at the desk")


async def _has_one_adviser(stage: Stage) -> bool:
    return {await _read_state(stage, rival) for rival in RIVALS} == {"accepted", "requested"}


async def _has_adviser(stage: Stage, rival: str) -> bool:
    """Whether an earlier journey came as far as that; people may have gone on from there."""
    return await _read_state(stage, rival) in ("accepted", *AFTER_AGREEMENT)


async def _broker_mentorship(stage: Stage, story: Any) -> None:
    requester = await _find_member(stage, story["requester"])
    request = await _request_mentorship(stage, story["slug"], requester, story)
    adviser = await _find_member(stage, story["accepts"])
    stage.told |= {("mentorship-agreed", requester), ("mentorship-agreed", adviser)}
    asker = stage.persons.be(requester)
    if (await stage.get_json("matching", f"/requests/{request}", asker))["state"] in AFTER_AGREEMENT:
        return
    desk = await stage.get_json("matching", f"/desks/{story['region']}", asker)
    contact = desk["contacts"][0]
    ranked = await stage.get_json(
        "matching", f"/requests/{request}/candidates", stage.persons.be(contact), limit=200
    )
    found = {candidate["adviser"] for candidate in ranked["items"]}
    wanted = {await _find_member(stage, reference) for reference in story["candidates"]}
    if not wanted <= found:
        raise StepFailed(f"the ranking for {story['slug']} lacks {len(wanted - found)} advisers it must hold")
    proposal = await _propose_adviser(stage, request, contact, adviser)
    stage.require_success(await _accept_proposal(stage, proposal, adviser))
    agreement = await stage.clients["matching"].post(f"/requests/{request}/agreement", headers=dict(asker))
    stage.require_success(agreement)
    agreed = await stage.get_json("matching", f"/requests/{request}", asker)
    require_equal("agreed", agreed["state"], story["slug"])


async def _ask_as_rival(stage: Stage, region: str, rival: str) -> None:
    asked = {
        "region": region,
        "themes": ["foundry-industry"],
        "languages": ["ru", "en"],
        "text": "Wer kennt Perm?",
    }
    request = await _request_mentorship(stage, f"rival-{rival}", await _find_member(stage, rival), asked)
    stage.requests[rival] = request


async def _request_mentorship(stage: Stage, slug: str, requester: str, story: Any) -> str:
    body = {
        "region": story["region"],
        "themes": story["themes"],
        "languages": story["languages"],
        "question": story["text"],
    }
    answer = await stage.send_command(
        "matching", "/requests", body, f"journey-request-{slug}", stage.persons.be(requester)
    )
    return str(stage.require_success(answer)["request"])


async def _propose_adviser(stage: Stage, request: str, contact: str, adviser: str) -> str:
    answer = await stage.send_command(
        "matching",
        f"/requests/{request}/proposals",
        {"adviser": adviser},
        f"journey-proposal-{request}",
        stage.persons.be(contact),
    )
    return str(stage.require_success(answer)["proposal"])


async def _accept_proposal(stage: Stage, proposal: str, adviser: str) -> httpx.Response:
    return await stage.clients["matching"].post(
        f"/proposals/{proposal}/acceptance",
        headers=dict(stage.persons.be(adviser)),
    )


async def _read_state(stage: Stage, rival: str) -> str:
    request = stage.requests[rival]
    asker = stage.persons.be(await _find_member(stage, rival))
    return str((await stage.get_json("matching", f"/requests/{request}", asker))["state"])


async def _find_member(stage: Stage, reference: str) -> str:
    if reference not in stage.members:
        coordinator = await stage.persons.coordinate(LIST)
        page = await stage.get_json(
            "members", "/members", coordinator, organisation=LIST, reference=reference
        )
        stage.members[reference] = page["items"][0]["member"]
    return stage.members[reference]


async def _send_when_known(stage: Stage, path: str, body: Any, asker: Headers) -> None:
    async def was_accepted() -> bool:
        answer = await stage.clients["matching"].put(path, json=body, headers=dict(asker))
        if answer.status_code == 403:
            return False  # the matching service does not know the asker's mandate yet
        if answer.status_code in (404, 409) and "member" in answer.json()["type"]:
            return False  # the matching service does not know the member yet
        stage.require_success(answer)
        return True

    await wait_for(was_accepted, f"the members of {path} are known to the matching service")
