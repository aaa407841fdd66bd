"""What belongs to another organisation, or to another member, is found by nobody else, and changed by nobody else."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.events.offers.content import OfferContent
from shared.testing.services import Running
from tests.access.objects import DESCRIBED, FILES, PERSON, make_objects
from tests.access.test_routes import DOCUMENTED
from tests.events.samples import COLLOQUIUM

CONTENT = OfferContent.model_fields
BODIES: Mapping[str, Any] = {
    "POST /offers/{offer}/cancellation": {"reason": "Nobody wants it."},
    "PUT /offers/{offer}": {name: value for name, value in COLLOQUIUM.items() if name in CONTENT},
    "PUT /offers/{offer}/places": {"places": 5},
    "POST /offers/{offer}/copies": {"slug": "a-copy", "organisation": "giz"},
    "PUT /registrations/{registration}/note": {"note": "Comes by train."},
    "POST /offers/{offer}/registrations": {"member": str(uuid4())},
    "PATCH /members/{member}": {"residence": "FR"},
    "PUT /desks/{region}": {"contacts": [str(uuid4())], "deputies": []},
    "PUT /advisers/{member}": {"capacity": 1},
    "POST /requests/{request}/proposals": {"adviser": str(uuid4())},
    "POST /proposals/{proposal}/refusal": {"reason": "No time."},
    "POST /duplicates/{duplicate}/decision": {"decision": "same"},
    "PUT /organisations/{organisation}": DESCRIBED,
    "PUT /organisations/{organisation}/programmes/{programme}": {"name": "Training"},
}
# Whoever names the organisation to act for is told that it isn't theirs; so is who names another member, or a desk,
# which everybody knows. The pages of an organisation are found by its coordinators alone.
NAMED = re.compile(r"PUT .*\{organisation\}.*|.*/desks/\{region\}|POST /offers/\{offer\}/registrations")
# A member may ask for a place at any offer.
FOR_ALL_MEMBERS = "POST /offers/{offer}/registrations"


@pytest.fixture(scope="module")
async def objects(services: Mapping[str, Running]) -> dict[str, str]:
    return await make_objects(services)


def list_routes(audience: str, objects: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Service, method and path of the endpoints that serve this audience and are about what was made."""
    return [
        (each.service, each.method, each.path)
        for each in DOCUMENTED
        if audience in each.audiences
        and (names := re.findall(r"\{(\w+)\}", each.path))
        and set(names) <= set(objects)
    ]


async def ask(http: httpx.AsyncClient, method: str, path: str, objects: Mapping[str, str]) -> httpx.Response:
    body = BODIES.get(f"{method} {path}")
    if path.startswith("/advice/") or (method == "POST" and path.startswith("/organisations/")):
        known = {name: objects[name] for name in ("member", "duplicate")} | {"act": "contact"}
        typed: Any = {"data": known} if method == "POST" else {}
        files = {"list": FILES["list"]} if "/imports/" in path else None
        return await http.request(method, path.format(**objects), files=files, **typed)
    return await http.request(method, path.format(**objects), json=body)


async def test_a_coordinator_finds_nothing_of_another_organisation(
    services: Mapping[str, Running], objects: Mapping[str, str]
) -> None:
    routes = list_routes("coordinator", objects)
    assert len(routes) > 15

    for service, method, path in routes:
        answer = await ask(await services[service].as_coordinator("daad"), method, path, objects)
        expected = 403 if NAMED.fullmatch(f"{method} {path}") else 404
        assert answer.status_code == expected, (method, path, answer.text)


async def test_a_member_finds_nothing_of_another_member(
    services: Mapping[str, Running], objects: Mapping[str, str]
) -> None:
    routes = list_routes("member", objects)
    assert len(routes) > 5

    for service, method, path in routes:
        if f"{method} {path}" != FOR_ALL_MEMBERS:
            answer = await ask(services[service].as_member(uuid4()), method, path, objects)
            assert answer.status_code == 404, (method, path, answer.text)


@pytest.mark.parametrize(("service", "path"), [("members", "/duplicates"), ("notifications", "/deliveries")])
async def test_a_list_holds_only_what_is_theirs(
    services: Mapping[str, Running], objects: Mapping[str, str], service: str, path: str
) -> None:
    running = services[service]
    found = {
        who: len((await http.get(path)).raise_for_status().json()["items"])
        for who, http in {
            "own": await running.as_coordinator("giz"),
            "operator": await running.as_operator(),
            "foreign": await running.as_coordinator("daad"),
        }.items()
    }

    assert found == {"own": 1, "operator": 1, "foreign": 0}


async def test_whoever_names_an_organisation_that_is_not_theirs_is_told(
    services: Mapping[str, Running], objects: Mapping[str, str]
) -> None:
    members = await services["members"].as_coordinator("daad")
    events = await services["events"].as_coordinator("daad")
    answers = [
        await members.get("/members", params={"organisation": "giz"}),
        await members.post("/members", json=PERSON | {"email": "new@example.org"}),
        await members.post("/imports", files=FILES),
        await events.post("/offers", json=COLLOQUIUM | {"organisation": "giz"}),
    ]

    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {
        (403, "/problems/not-your-organisation")
    }


async def test_a_coordinator_sees_of_a_member_what_their_own_organisations_know(
    services: Mapping[str, Running], objects: Mapping[str, str]
) -> None:
    members = services["members"]
    daad = {"organisation": "daad", "email": "kim@example.org"}
    (await members.http.post("/members", json=PERSON | daad)).raise_for_status()
    path = f"/members/{objects['member']}"
    askers = {
        "giz": await members.as_coordinator("giz"),
        "daad": await members.as_coordinator("daad"),
        "oneself": members.as_member(objects["member"]),
    }

    seen = {
        who: [known["organisation"] for known in (await http.get(path)).json()["affiliations"]]
        for who, http in askers.items()
    }

    assert seen == {"giz": ["giz"], "daad": ["daad"], "oneself": ["giz", "daad"]}
