"""Mentorships: whoever is in one can end it."""

import pytest

from tests.matching.network import Network


@pytest.mark.parametrize("ender", ["requester", "adviser", "contact"])
async def test_an_ended_mentorship_frees_capacity(network: Network, ender: str) -> None:
    contact, requester, adviser = (
        await network.open_desk(),
        await network.add_member(),
        await network.add_member(),
    )
    request = await network.request_mentorship(requester)
    await network.accept_proposal(await network.propose_adviser(request, contact, adviser), adviser)
    await network.post(f"/requests/{request}/agreement", by=requester)
    following = await network.request_mentorship(requester)
    full = await network.list_candidates(following)
    assert full["excluded"]["no-capacity-left"] == 1

    member = {"requester": requester, "adviser": adviser, "contact": contact}[ender]
    assert (await network.post(f"/requests/{request}/end", by=member)).json()["state"] == "ended"
    assert (await network.set_capacity(adviser, 1)).json()["taken"] == 0
    await network.propose_adviser(following, contact, adviser)
