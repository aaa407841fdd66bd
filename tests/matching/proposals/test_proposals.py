"""Proposals: kept with their reasons, and answered by the advisers."""

from tests.matching.network import Network, refusal_of


async def test_the_reasons_are_kept_with_the_proposal(network: Network) -> None:
    contact, adviser = await network.open_desk(), await network.add_member(themes=("trade",))
    request = await network.request_mentorship(await network.add_member(), themes=["trade", "logistics"])
    [candidate] = [
        one for one in (await network.list_candidates(request))["items"] if one["adviser"] == str(adviser)
    ]
    await network.propose_adviser(request, contact, adviser)

    [proposal] = (await network.read_request(request))["proposals"]
    assert (proposal["score"], proposal["reasons"]) == (candidate["score"], candidate["reasons"])
    assert {"name": "themes", "weight": 30, "points": 15, "reason": "1 of 2 themes: trade"} in proposal[
        "reasons"
    ]


async def test_one_acceptance_withdraws_the_other_proposals_of_the_request(network: Network) -> None:
    contact, requester = await network.open_desk(), await network.add_member()
    one, other = await network.add_member(), await network.add_member()
    request = await network.request_mentorship(requester)
    first = await network.propose_adviser(request, contact, one)
    second = await network.propose_adviser(request, contact, other)

    assert (await network.accept_proposal(second, other)).status_code == 200
    assert refusal_of(await network.accept_proposal(first, one)) == (409, "proposal-closed")
    whole = await network.read_request(request)
    assert [proposal["state"] for proposal in whole["proposals"]] == ["withdrawn", "accepted"]
    assert whole["adviser"] == str(other)


async def test_a_declined_proposal_reopens_the_request_only_when_none_is_left(network: Network) -> None:
    contact, requester = await network.open_desk(), await network.add_member()
    one, other = await network.add_member(), await network.add_member()
    request = await network.request_mentorship(requester)
    first = await network.propose_adviser(request, contact, one)
    second = await network.propose_adviser(request, contact, other)

    answer = await network.post(f"/proposals/{first}/refusal", by=one, reason="")
    assert answer.json()["state"] == "proposed"
    answer = await network.post(f"/proposals/{second}/refusal", by=other, reason="")
    assert answer.json()["state"] == "requested"
    again = await network.post(f"/requests/{request}/proposals", by=contact, adviser=one)
    assert refusal_of(again) == (409, "no-candidate")
    assert again.json()["reason"] == "already-asked"


async def test_an_adviser_may_step_back_until_the_requester_agreed(network: Network) -> None:
    contact, requester, adviser = (
        await network.open_desk(),
        await network.add_member(),
        await network.add_member(),
    )
    request = await network.request_mentorship(requester)
    proposal = await network.propose_adviser(request, contact, adviser)
    await network.accept_proposal(proposal, adviser)

    stepped_back = await network.post(f"/proposals/{proposal}/refusal", by=adviser, reason="Ill.")
    assert stepped_back.json()["state"] == "requested"
    assert (await network.read_request(request))["adviser"] is None
