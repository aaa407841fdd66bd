"""Capacity: however many acceptances come at once, an adviser never has more mentorships than the capacity."""

import asyncio
import random
from collections import Counter
from uuid import UUID, uuid4

import httpx

from shared.contracts.catalogue import MENTORSHIP
from shared.testing.services import Running, read_outbox
from tests.matching.network import Network, let_lapse, refusal_of

TAKEN = "SELECT count(*) FROM request WHERE adviser = $1 AND state IN ('accepted', 'agreed')"


async def test_of_two_acceptances_at_once_for_one_free_capacity_one_is_refused(network: Network) -> None:
    contact, adviser = await network.open_desk(), await network.add_member()
    pair = await network.propose_to_many(contact, adviser, 2)

    answers = await asyncio.gather(*(network.accept_proposal(proposal, adviser) for _, proposal in pair))

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [refused] = [answer for answer in answers if answer.status_code == 409]
    assert refusal_of(refused) == (409, "capacity-reached")
    assert sorted([await network.read_state(request) for request, _ in pair]) == ["accepted", "proposed"]


async def test_capacity_holds_when_forty_acceptances_come_at_once(
    network: Network, matching: Running
) -> None:
    contact, adviser = await network.open_desk(), await network.add_member()
    await network.set_capacity(adviser, 7)
    many = await network.propose_to_many(contact, adviser, 40)

    answers = await asyncio.gather(*(network.accept_proposal(proposal, adviser) for _, proposal in many))

    outcomes = Counter("accepted" if a.status_code == 200 else refusal_of(a)[1] for a in answers)
    assert outcomes == {"accepted": 7, "capacity-reached": 33}
    assert await matching.pool.fetchval(TAKEN, adviser) == 7
    sent = [type for type, _, _ in await read_outbox(matching.pool, MENTORSHIP.name)]
    assert sent.count("ProposalAccepted") == 7


async def test_one_request_is_accepted_by_one_adviser_when_all_accept_at_once(network: Network) -> None:
    contact, requester = await network.open_desk(), await network.add_member(advises=False)
    advisers = [await network.add_member() for _ in range(12)]
    request = await network.request_mentorship(requester)
    proposals = [await network.propose_adviser(request, contact, adviser) for adviser in advisers]

    answers = await asyncio.gather(
        *(
            network.accept_proposal(proposal, adviser)
            for proposal, adviser in zip(proposals, advisers, strict=True)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 11
    states = Counter(one["state"] for one in (await network.read_request(request))["proposals"])
    assert states == {"accepted": 1, "withdrawn": 11}


async def test_nothing_deadlocks_and_capacity_holds_when_everything_happens_at_once(
    network: Network, matching: Running
) -> None:
    contact, deputy = await network.add_member(advises=False), await network.add_member(advises=False)
    await network.put("/desks/ru-sverdlovsk-oblast", contacts=[contact], deputies=[deputy])
    advisers = [await network.add_member() for _ in range(3)]
    made = [pair for adviser in advisers for pair in await network.propose_to_many(contact, adviser, 8)]
    owners = [adviser for adviser in advisers for _ in range(8)]
    gone, leaving = await network.add_member(advises=False), advisers[2]
    await network.request_mentorship(gone)

    async def erased(*members: UUID) -> None:
        await network.erase_members(*members)

    work = [network.accept_proposal(p, adviser) for (_, p), adviser in zip(made, owners, strict=True)]
    work += [network.post(f"/proposals/{p}/refusal", by=owners[0], reason="") for _, p in made[:4]]
    work += [network.post(f"/requests/{r}/end", by=contact) for r, _ in made[4:20:3]]
    work += [network.set_capacity(a, n) for n, a in enumerate(advisers, 1)]
    work += [
        network.put("/desks/ru-sverdlovsk-oblast", contacts=[a, b], deputies=[])
        for a, b in ((contact, deputy), (deputy, contact))
    ]
    random.Random(7).shuffle(work)
    answers: list[httpx.Response | None] = await asyncio.gather(
        *work, erased(gone), erased(leaving), let_lapse(matching.pool), let_lapse(matching.pool)
    )

    statuses = Counter(answer.status_code for answer in answers if answer is not None)
    assert set(statuses) <= {200, 404, 409}
    for capacity, adviser in enumerate(advisers, 1):
        assert await matching.pool.fetchval(TAKEN, adviser) <= capacity
    assert await matching.pool.fetchval(TAKEN, leaving) == 0
    versions = await matching.pool.fetch(
        "SELECT key, sequence FROM outbox WHERE topic = $1 ORDER BY id", MENTORSHIP.name
    )
    for key in {row["key"] for row in versions}:
        own = [row["sequence"] % 1000 for row in versions if row["key"] == key]
        assert own == sorted(set(own))


async def test_a_capacity_is_a_whole_number_from_0_to_20(network: Network) -> None:
    adviser = await network.add_member()

    assert (await network.set_capacity(adviser, 20.0)).json()["capacity"] == 20
    for hostile in (-1, 21, 1.5, "8", True, None, 10**30):
        assert (await network.set_capacity(adviser, hostile)).status_code == 422
    assert refusal_of(await network.set_capacity(uuid4(), 1)) == (404, "member-unknown")


async def test_an_adviser_alone_says_how_many_mentorships_they_take_on(network: Network) -> None:
    adviser, other = await network.add_member(), await network.add_member()

    by_other = await network.running.as_member(other).put(f"/advisers/{adviser}", json={"capacity": 0})
    assert refusal_of(by_other) == (404, "member-unknown")
    assert refusal_of(await network.put(f"/advisers/{adviser}", capacity=0)) == (403, "not-for-your-role")
