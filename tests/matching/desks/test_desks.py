"""Desks: requests find the desk that answers, and a desk that changes takes its requests over."""

from uuid import uuid4

import pytest

from services.matching.requests import routing
from services.matching.requests.work import HANDING_OVER
from shared.contracts.catalogue import MENTORSHIP
from shared.testing.services import Running, read_outbox
from tests.matching.network import RUHR, URALS, Network, refusal_of


async def test_a_region_without_desk_is_answered_by_the_nearest_wider_one(network: Network) -> None:
    requester = await network.add_member()
    refused = await network.post("/requests", by=requester, region=URALS, question="?")
    assert refusal_of(refused) == (409, "desk-missing")

    europe = await network.open_desk("europe")
    russia = await network.open_desk("russia")
    request = await network.request_mentorship(requester, URALS)

    whole = await network.read_request(request)
    assert (whole["region"], whole["desk"], whole["contacts"]) == (URALS, "russia", [str(russia)])
    german = await network.read_request(await network.request_mentorship(requester, RUHR))
    assert german["contacts"] == [str(europe)]


async def test_a_desk_that_opens_or_changes_takes_its_open_requests_over(
    network: Network, matching: Running
) -> None:
    await network.open_desk("russia")
    requester = await network.add_member()
    open, ended = await network.request_mentorship(requester), await network.request_mentorship(requester)
    await network.post(f"/requests/{ended}/end", by=requester)
    sent = len(await read_outbox(matching.pool, MENTORSHIP.name))

    contact = await network.open_desk(URALS)

    [(type, key, last)] = (await read_outbox(matching.pool, MENTORSHIP.name))[sent:]
    assert (type, key, last["contacts"]) == ("MentorshipRequested", str(open), [str(contact)])
    await network.put(f"/desks/{URALS}", contacts=[contact], deputies=[])
    assert len(await read_outbox(matching.pool, MENTORSHIP.name)) == sent + 1


async def test_however_many_requests_a_desk_takes_over_each_goes_to_it_once_and_page_by_page(
    network: Network, matching: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing, "PAGE", 2)
    await network.open_desk("russia")
    member = await network.add_member()
    requests = [await network.request_mentorship(member) for _ in range(7)]
    sent = len(await read_outbox(matching.pool, MENTORSHIP.name))

    contact = await network.open_desk(URALS)
    assert len(await read_outbox(matching.pool, MENTORSHIP.name)) == sent + 2
    requests.append(await network.request_mentorship(member))
    while await HANDING_OVER.step(matching.pool):
        pass

    told = (await read_outbox(matching.pool, MENTORSHIP.name))[sent:]
    assert sorted(key for _, key, _ in told) == sorted(map(str, requests))
    assert {tuple(data["contacts"]) for _, _, data in told} == {(str(contact),)}


async def test_a_desk_is_staffed_with_known_members_of_a_known_region_only(network: Network) -> None:
    contact = await network.add_member()
    unknown = await network.put(f"/desks/{URALS}", contacts=[contact, uuid4()], deputies=[])
    assert refusal_of(unknown) == (404, "member-unknown")
    assert refusal_of(await network.put("/desks/atlantis", contacts=[contact])) == (404, "region-unknown")
    assert (await network.put(f"/desks/{URALS}", contacts=[])).status_code == 422
    assert refusal_of(await network.http.get(f"/desks/{URALS}")) == (404, "desk-unknown")

    answer = await network.put(f"/desks/{URALS}", contacts=[contact, contact], deputies=[contact])
    assert answer.json() == await network.get(f"/desks/{URALS}")
    assert answer.json() == {
        "region": URALS,
        "organisation": None,
        "contacts": [str(contact)],
        "deputies": [str(contact)],
    }


async def test_an_operator_gives_a_desk_to_an_organisation_and_its_coordinators_staff_it(
    network: Network, matching: Running
) -> None:
    contact = await network.add_member()
    operator, path = await matching.as_operator(), f"/desks/{URALS}"
    own, others = await matching.as_coordinator("giz"), await matching.as_coordinator("daad")
    staff = {"contacts": [str(contact)], "deputies": []}

    assert refusal_of(await own.put(path, json=staff)) == (404, "desk-unknown")
    given = await operator.put(f"{path}/organisation", json={"organisation": "giz"})
    assert given.json() == {"region": URALS, "organisation": "giz", "contacts": [], "deputies": []}
    assert refusal_of(await others.put(path, json=staff)) == (403, "not-your-organisation")
    assert (await own.put(path, json=staff)).json()["contacts"] == [str(contact)]
    taking = await own.put(f"{path}/organisation", json={"organisation": "giz"})
    assert refusal_of(taking) == (403, "not-for-your-role")
    assert refusal_of(await matching.as_member(contact).put(path, json=staff)) == (403, "not-for-your-role")


async def test_a_desk_of_nobodys_is_staffed_by_operators_alone(network: Network, matching: Running) -> None:
    contact = await network.open_desk()
    staff = {"contacts": [str(contact)], "deputies": []}

    by_coordinator = await (await matching.as_coordinator("giz")).put(f"/desks/{URALS}", json=staff)
    assert refusal_of(by_coordinator) == (403, "not-your-organisation")
    assert (await (await matching.as_operator()).put(f"/desks/{URALS}", json=staff)).status_code == 200
