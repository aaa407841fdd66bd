"""Profiles: the newest counts, in whatever order they come."""

from shared.contracts.catalogue import PROFILE
from tests.matching.network import Network, build_message, build_profile


async def test_a_newer_profile_counts_and_an_older_one_that_comes_late_does_not(network: Network) -> None:
    one = build_profile(advises=False)
    newest = one.model_copy(update={"advises": True, "regions": ("europe",)})
    await network.deliver(PROFILE, [build_message(one.member, 3, newest), build_message(one.member, 2, one)])
    await network.deliver(PROFILE, [build_message(one.member, 1, one)])
    assert (await network.get("/statistics"))["advisers"] == 1

    await network.deliver(PROFILE, [build_message(one.member, 4, one)])
    assert (await network.get("/statistics"))["advisers"] == 0
