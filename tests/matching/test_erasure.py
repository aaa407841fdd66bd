"""Erasure: nothing of a member stays in matching, and those who depended on them can go on."""

import asyncio
from uuid import UUID

import pytest

from shared.contracts.catalogue import ERASURE, MENTORSHIP, PROFILE, REQUEST
from shared.postgres.pool import Pool
from shared.testing.services import Running, read_outbox
from tests.matching.network import URALS, Network, code, message, profile

TABLES = ("adviser", "desk", "request", "proposal", "idempotency")


async def traces(pool: Pool, member: UUID) -> list[str]:
    """The tables that still name the member, beside the mark that the id is gone."""
    named = [
        table
        for table in TABLES
        if await pool.fetchval(
            f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%' || $1 || '%'", str(member)
        )
    ]
    left = await pool.fetchval(
        "SELECT count(*) FROM person WHERE member = $1 AND (origin, residence, branch) IS NOT NULL", member
    )
    return named + (["person"] if left else [])


async def test_a_requester_who_is_erased_leaves_an_ended_request_without_persons(
    network: Network, matching: Running
) -> None:
    contact, adviser, requester = await network.desk(), await network.member(), await network.member()
    request = await network.ask(requester, question="A question that tells who asks.")
    await network.accept(await network.propose(request, contact, adviser), adviser)

    await network.erase(requester)

    assert await traces(matching.pool, requester) == []
    *_, public = await read_outbox(matching.pool, REQUEST.name)
    assert (public[0], public[2]["state"]) == ("MentorshipEnded", "ended")
    *_, personal = await read_outbox(matching.pool, MENTORSHIP.name)
    assert personal == ("MentorshipErased", str(request), None)
    whole = await network.get(f"/requests/{request}")
    assert (whole["requester"], whole["question"], whole["proposals"]) == (None, None, [])
    assert (await network.put(f"/advisers/{adviser}", capacity=1)).json()["taken"] == 0
    assert code(await network.http.get(f"/requests/{request}/candidates")) == (409, "request-closed")


@pytest.mark.parametrize("answered", ["asked", "accepted", "declined", "agreed"])
async def test_an_adviser_who_is_erased_is_in_no_message_and_the_request_goes_on(
    network: Network, matching: Running, answered: str
) -> None:
    contact, adviser, requester = await network.desk(), await network.member(), await network.member()
    await network.put(f"/advisers/{adviser}", capacity=3)
    request = await network.ask(requester)
    proposal = await network.propose(request, contact, adviser)
    if answered == "declined":
        await network.post(f"/proposals/{proposal}/refusal", member=adviser, reason="I am ill.")
    if answered in ("accepted", "agreed"):
        await network.accept(proposal, adviser)
    if answered == "agreed":
        await network.post(f"/requests/{request}/agreement", member=requester)

    await network.erase(adviser)

    assert await traces(matching.pool, adviser) == []
    *_, (type, _, last) = await read_outbox(matching.pool, MENTORSHIP.name)
    assert str(adviser) not in str(last)
    assert last["state"] == await network.state(request) == ("ended" if answered == "agreed" else "requested")
    reopened = answered in ("asked", "accepted")
    assert (type == "MentorshipReopened") == reopened


async def test_a_contact_who_is_erased_leaves_the_desk_to_the_deputies(
    network: Network, matching: Running
) -> None:
    deputy = await network.member(advises=False)
    contact = await network.desk(deputies=[deputy])
    adviser, requester = await network.member(), await network.member()
    taken, waiting = await network.ask(requester), await network.ask(requester)
    await network.accept(await network.propose(taken, contact, adviser), adviser)

    await network.erase(contact)

    assert await traces(matching.pool, contact) == []
    newest = {key: data for _, key, data in await read_outbox(matching.pool, MENTORSHIP.name)}
    assert str(contact) not in str(newest)
    assert newest[str(waiting)]["contacts"] == [str(deputy)]
    assert newest[str(taken)]["state"] == "accepted"
    other = await network.member()
    await network.propose(waiting, deputy, other)


async def test_requests_of_a_desk_where_nobody_is_left_go_to_the_wider_desk(
    network: Network, matching: Running
) -> None:
    national, contact = await network.desk("russia"), await network.desk(URALS)
    request = await network.ask(await network.member())

    await network.erase(contact)

    whole = await network.get(f"/requests/{request}")
    assert (whole["desk"], whole["contacts"]) == ("russia", [str(national)])
    *_, (type, _, last) = await read_outbox(matching.pool, MENTORSHIP.name)
    assert (type, last["contacts"]) == ("MentorshipRequested", [str(national)])
    await network.erase(national)
    assert (await network.get(f"/requests/{request}"))["contacts"] == []


async def test_an_order_that_comes_again_sends_nothing(network: Network, matching: Running) -> None:
    await network.desk()
    requester = await network.member()
    await network.ask(requester)
    await network.erase(requester)
    sent = len(await read_outbox(matching.pool))

    await network.erase(requester)

    assert len(await read_outbox(matching.pool)) == sent


async def test_a_profile_that_comes_after_the_erasure_brings_nobody_back(
    network: Network, matching: Running
) -> None:
    late, unknown = profile(), profile()
    await network.join(late)
    await network.erase(late.member, unknown.member)

    for one in (late, unknown):
        await network.hear(PROFILE, [message(one.member, 7, one)])

    assert await traces(matching.pool, late.member) == await traces(matching.pool, unknown.member) == []
    figures = await network.get("/figures")
    assert (figures["members"], figures["advisers"]) == (0, 0)
    answer = await network.post("/requests", member=late.member, region=URALS, question="?")
    assert code(answer) == (404, "member-unknown")


async def test_a_tombstone_alone_erases_too(network: Network, matching: Running) -> None:
    await network.desk()
    requester = await network.member()
    request = await network.ask(requester)

    await network.hear(PROFILE, [message(requester, 5, None, "MemberErased")])

    assert await network.state(request) == "ended"
    assert await traces(matching.pool, requester) == []


async def test_many_orders_in_one_batch_each_keep_their_correlation(
    network: Network, matching: Running
) -> None:
    contact = await network.desk()
    requesters = [await network.member() for _ in range(5)]
    requests = [await network.ask(one) for one in requesters]

    await network.erase(*requesters, contact)

    assert [await network.state(request) for request in requests] == ["ended"] * 5
    ended = await matching.pool.fetch(
        "SELECT headers FROM outbox WHERE topic = $1 AND type = 'MentorshipErased'", MENTORSHIP.name
    )
    assert len(ended) == 5
    assert all('"ce_correlationid": "c-1"' in row["headers"] for row in ended)
    assert ERASURE.name not in {row["topic"] for row in await matching.pool.fetch("SELECT topic FROM outbox")}


async def test_nothing_that_is_asked_or_proposed_during_the_erasure_stays(
    network: Network, matching: Running
) -> None:
    contact, adviser, requester = await network.desk(), await network.member(), await network.member()
    open = [await network.ask(await network.member(advises=False)) for _ in range(6)]
    asking = [network.post("/requests", member=requester, region=URALS, question="?") for _ in range(6)]
    proposing = [
        network.post(f"/requests/{request}/proposals", contact=contact, adviser=adviser) for request in open
    ]
    mixed = [one for pair in zip(asking, proposing, strict=True) for one in pair]

    *answers, _ = await asyncio.gather(*mixed, network.erase(requester, adviser))

    assert {answer.status_code for answer in answers if answer is not None} <= {201, 404}
    assert await traces(matching.pool, requester) == await traces(matching.pool, adviser) == []
    assert {await network.state(request) for request in open} == {"requested"}
