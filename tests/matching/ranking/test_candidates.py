"""Candidates: ranked in pages, with a count of those who are none."""

import pytest

from services.matching.ranking import candidates
from shared.contracts.catalogue import PROFILE
from tests.matching.network import URALS, Network, build_message, build_profile


async def test_candidates_come_ranked_in_pages_and_excluded_ones_are_counted(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "_ADVISERS_AT_A_TIME", 2)
    await network.open_desk("russia")
    requester = await network.add_member(advises=True)
    best = await network.add_member(themes=("trade",))
    for changes in ({"language": "fr"}, {"regions": ("africa",)}, {"advises": False}, {"advises": False}):
        await network.add_member(**changes)
    full = await network.add_member()
    await network.set_capacity(full, 0)
    others = [await network.add_member(regions=regions) for regions in (("russia",), ("europe",), (URALS,))]
    request = await network.request_mentorship(requester, URALS)

    whole = await network.list_candidates(request)
    assert whole["items"][0]["adviser"] == str(best)
    assert {one["adviser"] for one in whole["items"]} == {str(one) for one in (best, *others)}
    assert whole["excluded"] == {
        "not-an-adviser": 3,
        "the-requester": 1,
        "region-not-known": 1,
        "no-common-language": 1,
        "no-capacity-left": 1,
    }
    first = await network.list_candidates(request, limit=3)
    rest = await network.list_candidates(request, limit=3, cursor=first["next"])
    assert first["items"] + rest["items"] == whole["items"]
    assert rest["next"] is None


async def test_who_asked_or_was_asked_is_counted_as_such_also_without_knowing_the_region(
    network: Network,
) -> None:
    contact = await network.open_desk()
    requester, adviser = await network.add_member(regions=("africa",)), build_profile()
    await network.add_members(adviser)
    request = await network.request_mentorship(requester)
    await network.propose_adviser(request, contact, adviser.member)
    moved = adviser.model_copy(update={"regions": ("africa",)})
    await network.deliver(PROFILE, [build_message(adviser.member, 2, moved)])

    found = await network.list_candidates(request)
    assert found["excluded"] == {"not-an-adviser": 1, "the-requester": 1, "already-asked": 1}
