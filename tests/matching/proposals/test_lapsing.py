"""Lapsing: what is asked of an adviser who can't take it on any more goes back to the desk, with the reason."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.matching.proposals import lapsing
from services.matching.proposals.proposals import accept_proposal
from services.matching.proposals.work import LAPSING
from shared.access.principal import Principal
from shared.contracts.catalogue import MENTORSHIP, PROFILE
from shared.postgres.pool import transaction
from shared.testing.services import Running, read_outbox
from shared.testing.waiting import eventually
from tests.matching.network import Network, build_message, build_profile, let_lapse, refusal_of

STUCK = """
    SELECT count(*) FROM proposal p JOIN adviser a ON a.member = p.adviser JOIN person USING (member)
    WHERE p.state = 'proposed' AND (NOT advises OR a.capacity <= (
        SELECT count(*) FROM request r WHERE r.adviser = p.adviser AND r.state IN ('accepted', 'agreed')))
"""


async def ask_first(network: Network, contact: UUID) -> tuple[UUID, UUID, UUID]:
    """A new request, proposed to the first of its candidates: request, proposal, adviser."""
    request = await network.request_mentorship(await network.add_member(advises=False))
    first = (await network.list_candidates(request))["items"][0]
    adviser = UUID(first["adviser"])
    return request, await network.propose_adviser(request, contact, adviser), adviser


async def read_states(network: Network, requests: Sequence[UUID]) -> list[tuple[str, list[tuple[Any, Any]]]]:
    """Each request's state, and those of its proposals with why they lapsed."""
    found = [await network.read_request(request) for request in requests]
    return [(each["state"], [(one["state"], one["lapse"]) for one in each["proposals"]]) for each in found]


async def test_of_two_equal_advisers_each_is_asked_in_turn_and_the_desk_sees_how_many_wait(
    network: Network, matching: Running
) -> None:
    contact = await network.open_desk()
    equal = {await network.add_member() for _ in range(2)}

    asked = [(await ask_first(network, contact))[2] for _ in range(5)]

    assert all({one, next_one} == equal for one, next_one in pairwise(asked))
    last = await network.request_mentorship(await network.add_member(advises=False))
    shown = (await network.list_candidates(last))["items"]
    assert [(one["open_proposals"], one["free_places"]) for one in shown] == [(2, 1), (3, 1)]


async def test_after_the_last_free_place_is_taken_the_others_who_asked_are_back_at_the_desk(
    network: Network, matching: Running
) -> None:
    contact, adviser = await network.open_desk(), await network.add_member()
    (taken, proposal), *waiting = await network.propose_to_many(contact, adviser, 3)
    await network.accept_proposal(proposal, adviser)

    await let_lapse(matching.pool)

    assert await read_states(network, [taken]) == [("accepted", [("accepted", None)])]
    back = ("requested", [("withdrawn", "adviser-full")])
    assert await read_states(network, [request for request, _ in waiting]) == [back, back]
    sent = (await read_outbox(matching.pool, MENTORSHIP.name))[-2:]
    assert [(type, data["proposals"][0]["lapse"]) for type, _, data in sent] == [
        ("MentorshipReopened", "adviser-full")
    ] * 2
    assert refusal_of(await network.accept_proposal(waiting[0][1], adviser)) == (409, "proposal-closed")
    await network.post(f"/requests/{taken}/end", by=adviser)
    await network.propose_adviser(waiting[0][0], contact, adviser)


@pytest.mark.parametrize(("pauses", "lapse"), [(True, "adviser-full"), (False, "adviser-left")])
async def test_a_pause_and_the_end_of_advising_send_back_what_is_asked(
    network: Network, matching: Running, pauses: bool, lapse: str
) -> None:
    contact, profile = await network.open_desk(), build_profile()
    [adviser], other = await network.add_members(profile), await network.add_member()
    (request, _), (shared, _) = await network.propose_to_many(contact, adviser, 2)
    await network.propose_adviser(shared, contact, other)

    if pauses:
        await network.set_capacity(adviser, 0)
    changed = profile.model_copy(update={"advises": pauses})
    await network.deliver(PROFILE, [build_message(adviser, 2, changed)])
    await let_lapse(matching.pool)

    assert await read_states(network, [request, shared]) == [
        ("requested", [("withdrawn", lapse)]),
        ("proposed", [("withdrawn", lapse), ("proposed", None)]),
    ]


async def test_however_many_ask_they_lapse_page_by_page_and_none_is_left(
    network: Network, matching: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lapsing, "PAGE", 2)
    contact, adviser = await network.open_desk(), await network.add_member()
    made = await network.propose_to_many(contact, adviser, 5)
    await network.set_capacity(adviser, 0)

    left = []
    while await LAPSING.step(matching.pool):
        left.append(await matching.pool.fetchval(STUCK))

    assert left == [3, 1, 0]
    assert {state for state, _ in await read_states(network, [r for r, _ in made])} == {"requested"}
    assert await matching.pool.fetchval("SELECT count(*) FROM lapsing") == 0


async def test_who_can_still_take_something_on_is_still_asked(network: Network, matching: Running) -> None:
    contact, adviser = await network.open_desk(), await network.add_member()
    await network.set_capacity(adviser, 3)
    (_, proposal), *waiting = await network.propose_to_many(contact, adviser, 3)
    await network.accept_proposal(proposal, adviser)
    await network.set_capacity(adviser, 2)

    await let_lapse(matching.pool)

    assert [state for state, _ in await read_states(network, [r for r, _ in waiting])] == ["proposed"] * 2
    assert await matching.pool.fetchval("SELECT count(*) FROM lapsing") == 0


async def test_no_proposal_is_left_with_a_full_adviser_whatever_happens_at_once(
    network: Network, matching: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lapsing, "PAGE", 3)
    contact = await network.open_desk()
    advisers = [await network.add_member() for _ in range(2)]
    made = [await network.propose_to_many(contact, adviser, 6) for adviser in advisers]
    free = [await network.request_mentorship(await network.add_member(advises=False)) for _ in range(12)]

    def ask(request: UUID, adviser: UUID) -> Any:
        return network.post(f"/requests/{request}/proposals", by=contact, adviser=adviser)

    answers = [
        network.accept_proposal(proposal, adviser)
        for adviser, pairs in zip(advisers, made, strict=True)
        for _, proposal in pairs[:3]
    ]
    crossed = [ask(request, advisers[1]) for request, _ in made[0][3:]]
    crossed += [ask(request, advisers[0]) for request, _ in made[1][3:]]
    asked = [ask(request, advisers[number % 2]) for number, request in enumerate(free)]
    paused = [network.set_capacity(advisers[1], capacity) for capacity in (0, 1)]
    lapsed = [let_lapse(matching.pool) for _ in range(4)]

    done = await asyncio.gather(*asked, *answers, *crossed, *paused, *lapsed)
    await let_lapse(matching.pool)

    assert {answer.status_code for answer in done if answer is not None} <= {200, 201, 409}
    assert await matching.pool.fetchval(STUCK) == 0


async def test_a_proposal_made_while_the_adviser_accepts_waits_and_then_knows_of_it(
    network: Network, matching: Running
) -> None:
    contact, adviser = await network.open_desk(), await network.add_member()
    [(_, proposal)] = await network.propose_to_many(contact, adviser, 1)
    request = await network.request_mentorship(await network.add_member(advises=False))

    async def waits() -> bool:
        return bool(await matching.pool.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"))

    async with transaction(matching.pool) as tx:
        await accept_proposal(tx, Principal(uuid4(), adviser), proposal)
        path = f"/requests/{request}/proposals"
        late = asyncio.create_task(network.post(path, by=contact, adviser=adviser))
        await eventually(waits)

    answer = await late
    assert refusal_of(answer) == (409, "no-candidate")
    assert answer.json()["reason"] == "no-capacity-left"


async def test_the_desk_hears_how_many_advisers_were_erased_while_they_were_asked(
    network: Network, matching: Running
) -> None:
    contact, profile = await network.open_desk(), build_profile()
    await network.add_members(profile)
    adviser, other = profile.member, await network.add_member()
    request = await network.request_mentorship(await network.add_member(advises=False))
    for one in (adviser, other):
        await network.propose_adviser(request, contact, one)
    changed = profile.model_copy(update={"advises": False})
    await network.deliver(PROFILE, [build_message(adviser, 2, changed)])

    await network.erase_members(adviser)
    assert await matching.pool.fetchval("SELECT count(*) FROM lapsing") == 0
    await let_lapse(matching.pool)

    *_, (_, _, last) = await read_outbox(matching.pool, MENTORSHIP.name)
    assert (last["state"], last["lost_advisers"], len(last["proposals"])) == ("proposed", 1, 1)
    assert await read_states(network, [request]) == [("proposed", [("proposed", None)])]
