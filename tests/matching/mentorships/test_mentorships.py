"""Mentorships: whoever is in one can end it."""

import pytest

from tests.matching.network import Network


@pytest.mark.parametrize("ender", ["requester", "adviser", "contact"])
async def test_an_ended_mentorship_frees_its_place(network: Network, ender: str) -> None:
    contact, requester, adviser = await network.desk(), await network.member(), await network.member()
    request = await network.ask(requester)
    await network.accept(await network.propose(request, contact, adviser), adviser)
    await network.post(f"/requests/{request}/agreement", member=requester)
    following = await network.ask(requester)
    full = await network.get(f"/requests/{following}/candidates")
    assert full["excluded"]["no-capacity-left"] == 1

    member = {"requester": requester, "adviser": adviser, "contact": contact}[ender]
    assert (await network.post(f"/requests/{request}/end", member=member)).json()["state"] == "ended"
    assert (await network.put(f"/advisers/{adviser}", capacity=1)).json()["taken"] == 0
    await network.propose(following, contact, adviser)
