"""Brokering: who asks about a region gets an adviser, in both directions, and the world hears no names."""

import json
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.catalogue import MENTORSHIP, REQUEST
from shared.testing.services import Running, read_outbox
from tests.matching.network import RUHR, URALS, Network, refusal_of

QUESTION = "Wir suchen Rat zu Normen für Gussteile, vertraulich."


async def broker_mentorship(
    network: Network, requester: UUID, region: str, contact: UUID, best: UUID
) -> UUID:
    """A request from asking to mentorship, with the best of the ranked candidates."""
    request = await network.request_mentorship(
        requester, region, themes=["foundry-industry"], question=QUESTION
    )
    ranking = await network.list_candidates(request)
    assert ranking["items"][0]["adviser"] == str(best)
    proposal = await network.propose_adviser(request, contact, best)
    assert (await network.accept_proposal(proposal, best)).json()["state"] == "accepted"
    agreed = await network.post(f"/requests/{request}/agreement", by=requester)
    assert agreed.json() == {"request": str(request), "state": "agreed"}
    return request


async def test_an_adviser_is_brokered_in_both_directions_and_the_balance_shows_it(
    network: Network, matching: Running
) -> None:
    foundry: dict[str, Any] = {"themes": ("foundry-industry",), "languages": ("de", "ru")}
    german = await network.add_member(residence="DE", regions=(RUHR,), advises=False, branch="Gießerei")
    russian = await network.add_member(residence="RU", regions=(URALS,), advises=False)
    urals, ruhr = await network.open_desk(URALS), await network.open_desk(RUHR)
    in_the_urals = await network.add_member(**foundry, regions=(URALS,), branch="gießerei")
    in_the_ruhr = await network.add_member(**foundry, regions=(RUHR,), residence="DE")
    await network.add_member(regions=(URALS,))
    await network.add_member(regions=(RUHR,))

    there = await broker_mentorship(network, german, URALS, urals, in_the_urals)
    back = await broker_mentorship(network, russian, RUHR, ruhr, in_the_ruhr)

    published = [
        (type, key, data["state"]) for type, key, data in await read_outbox(matching.pool, MENTORSHIP.name)
    ]
    steps = [
        ("MentorshipRequested", "requested"),
        ("AdviserProposed", "proposed"),
        ("ProposalAccepted", "accepted"),
        ("MentorshipAgreed", "agreed"),
    ]
    assert published == [(type, str(request), state) for request in (there, back) for type, state in steps]
    await network.release_requests()
    [pair] = (await network.get("/balance"))["items"]
    assert pair["there"] == {"from_country": "DE", "to_country": "RU", "requests": 1, "agreed": 1}
    assert pair["back"] == {"from_country": "RU", "to_country": "DE", "requests": 1, "agreed": 1}
    statistics = await network.get("/statistics")
    assert statistics["requests"]["agreed"] == statistics["agreed"] == statistics["desks"] == 2


async def test_no_id_that_anyone_knows_is_on_the_public_topic_and_the_question_goes_nowhere(
    network: Network, matching: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    contact, adviser = await network.open_desk(), await network.add_member()
    requester = await network.add_member(residence="DE")
    await network.add_member()
    request = await network.request_mentorship(requester, question=QUESTION)
    await network.accept_proposal(await network.propose_adviser(request, contact, adviser), adviser)
    await network.post(f"/requests/{request}/agreement", by=requester)
    await network.release_requests()
    await network.post(f"/requests/{request}/end", by=requester)
    await network.release_requests()

    logs = capsys.readouterr().out
    assert "request.serve.done" in logs
    assert QUESTION not in logs
    rows = await matching.pool.fetch("SELECT topic, key, headers, payload FROM outbox")
    members = [str(row["member"]) for row in await matching.pool.fetch("SELECT member FROM person")]
    known = [*members, str(request)]
    public = json.dumps([tuple(row.values()) for row in rows if row["topic"] == REQUEST.name])
    everywhere = json.dumps([tuple(row.values()) for row in rows], ensure_ascii=False)

    assert len(rows) == 7
    assert len(members) == 4
    assert [id for id in known if id in public] == []
    assert any(member in everywhere for member in members)
    assert QUESTION not in everywhere


async def test_each_change_goes_out_with_a_rising_version(network: Network, matching: Running) -> None:
    contact, adviser, requester = (
        await network.open_desk(),
        await network.add_member(),
        await network.add_member(),
    )
    request = await network.request_mentorship(requester)
    proposal = await network.propose_adviser(request, contact, adviser)
    await network.post(f"/proposals/{proposal}/refusal", by=adviser, reason="No time this year.")

    sent = await matching.pool.fetch("SELECT topic, sequence % 1000 AS version, type FROM outbox ORDER BY id")
    assert [tuple(row.values()) for row in sent] == [
        (MENTORSHIP.name, version, type)
        for version, type in enumerate(("MentorshipRequested", "AdviserProposed", "MentorshipReopened"), 1)
    ]
    [*_, (_, _, last)] = await read_outbox(matching.pool, MENTORSHIP.name)
    assert last["state"] == "requested"
    assert last["contacts"] == [str(contact)]
    assert [one["state"] for one in last["proposals"]] == ["declined"]


@pytest.mark.parametrize("repeated", ["acceptance", "refusal", "agreement", "end"])
async def test_a_repeated_answer_changes_nothing(network: Network, matching: Running, repeated: str) -> None:
    contact, requester, adviser = (
        await network.open_desk(),
        await network.add_member(),
        await network.add_member(),
    )
    request = await network.request_mentorship(requester)
    proposal = await network.propose_adviser(request, contact, adviser)
    path = f"/proposals/{proposal}" if repeated in ("acceptance", "refusal") else f"/requests/{request}"
    body: dict[str, Any] = {"by": adviser if path.startswith("/proposals") else requester}
    if repeated == "refusal":
        body["reason"] = "No."
    if repeated == "agreement":
        await network.accept_proposal(proposal, adviser)

    first = await network.post(f"{path}/{repeated}", **body)
    sent = len(await read_outbox(matching.pool))
    again = await network.post(f"{path}/{repeated}", **body)

    assert first.status_code == 200
    assert (again.status_code, again.json()) == (200, first.json())
    assert len(await read_outbox(matching.pool)) == sent


async def test_only_those_in_it_can_answer(network: Network) -> None:
    contact, requester, adviser = (
        await network.open_desk(),
        await network.add_member(),
        await network.add_member(),
    )
    stranger = await network.add_member(advises=False)
    request = await network.request_mentorship(requester)

    at_no_desk = await network.post(f"/requests/{request}/proposals", by=stranger, adviser=adviser)
    assert refusal_of(at_no_desk) == (404, "request-unknown")
    not_advising = await network.post(f"/requests/{request}/proposals", by=contact, adviser=stranger)
    assert refusal_of(not_advising) == (409, "no-candidate")
    proposal = await network.propose_adviser(request, contact, adviser)
    assert refusal_of(await network.accept_proposal(proposal, stranger)) == (404, "proposal-unknown")
    early = await network.post(f"/requests/{request}/agreement", by=requester)
    assert refusal_of(early) == (409, "not-accepted")
    await network.accept_proposal(proposal, adviser)
    other = await network.post(f"/requests/{request}/agreement", by=adviser)
    assert refusal_of(other) == (404, "request-unknown")
    ended = await network.post(f"/requests/{request}/end", by=stranger)
    assert refusal_of(ended) == (404, "request-unknown")
    ranked = await network.running.as_member(requester).get(f"/requests/{request}/candidates")
    assert refusal_of(ranked) == (404, "request-unknown")
    late = await network.post(f"/requests/{request}/proposals", by=contact, adviser=adviser)
    assert refusal_of(late) == (409, "request-closed")
