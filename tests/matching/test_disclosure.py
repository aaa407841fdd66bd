"""Disclosure: a member hears all that matching holds about them, and of others' requests their own part only."""

from services.matching.disclosure import DISCLOSING, HOLDINGS
from shared.contracts.catalogue import MATCHING_DISCLOSURE
from shared.testing.access import give_mandates
from shared.testing.services import Running
from tests.disclosed import disclose, read_parts, receive_request, require_told
from tests.matching.network import Network

OF_NOBODY = {"handing_over", "erasing"}


async def test_a_member_hears_of_every_table_that_names_them(network: Network, matching: Running) -> None:
    """One who asks, advises, and sits at a desk."""
    member, other = await network.open_desk(), await network.add_member()
    await give_mandates(matching.pool, (), member)
    await matching.pool.execute("UPDATE person SET advises = true WHERE member = $1", member)
    await network.set_capacity(member, 3)
    own = await network.request_mentorship(member, question="My own question")
    await network.propose_adviser(own, member, other)
    for _ in range(2):
        asked = await network.request_mentorship(other, question="A question of somebody else")
        proposal = await network.propose_adviser(asked, member, member)
    await network.accept_proposal(proposal, member)
    await matching.pool.execute("INSERT INTO lapsing SELECT $1 ON CONFLICT DO NOTHING", member)

    told = await disclose(matching, DISCLOSING, MATCHING_DISCLOSURE, member)

    await require_told(matching.pool, HOLDINGS, OF_NOBODY, member, told)
    assert [request["question"] for request in told["requests"]] == ["My own question"]
    counts = {name: len(records) for name, records in told.items()}
    assert counts["requests_at_my_desks"] == 3
    assert counts["proposals_to_me"] == 2
    assert counts["proposals_by_me"] == 3
    assert counts["mentorships_as_adviser"] == counts["desks"] == counts["advising"] == 1
    assert "somebody else" not in str(told)
    assert str(other) not in str(told)


async def test_who_is_erased_hears_nothing(network: Network, matching: Running) -> None:
    member = await network.add_member()
    await receive_request(matching, "matching", member)
    await DISCLOSING.step(matching.pool)
    assert len(await read_parts(matching.pool, MATCHING_DISCLOSURE)) == 1
    await receive_request(matching, "matching", member)

    await network.erase_members(member)

    assert await DISCLOSING.step(matching.pool) == 0
    assert await read_parts(matching.pool, MATCHING_DISCLOSURE) == []


async def test_a_service_that_is_not_asked_tells_nothing(network: Network, matching: Running) -> None:
    member = await network.add_member()

    await receive_request(matching, "events", member)

    assert await DISCLOSING.step(matching.pool) == 0
