"""Erasure: nothing of a member stays in matching, and those who depended on them can go on."""

import asyncio
from uuid import UUID

import pytest

from services.matching.erasure import named_requests
from services.matching.erasure.work import ERASING
from shared.contracts.catalogue import ERASURE, MENTORSHIP, PROFILE, REQUEST
from shared.postgres.pool import Pool
from shared.testing.services import Running, read_outbox
from tests.matching.network import URALS, Network, build_message, build_profile, refusal_of


async def tables_naming(pool: Pool, member: UUID) -> list[str]:
    """The tables that still name the member, beside the marks that the id is gone and is taken from the audit, and the
    outbox."""
    tables = await pool.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'matching'"
        " AND tablename !~ '^(outbox|inbox|person|audit_erasure)'"
    )
    named = [
        table
        for (table,) in tables
        if await pool.fetchval(
            f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%' || $1 || '%'", str(member)
        )
    ]
    left = await pool.fetchval(
        "SELECT count(*) FROM person WHERE member = $1 AND ((origin, residence, branch) IS NOT NULL"
        " OR (given_name, family_name, organisations) <> ('', '', '{}'))",
        member,
    )
    return named + (["person"] if left else [])


async def test_a_requester_who_is_erased_leaves_an_ended_request_without_persons(
    network: Network, matching: Running
) -> None:
    contact, adviser, requester = (
        await network.open_desk(),
        await network.add_member(),
        await network.add_member(),
    )
    request = await network.request_mentorship(requester, question="A question that tells who asks.")
    await network.accept_proposal(await network.propose_adviser(request, contact, adviser), adviser)

    await network.erase_members(requester)

    assert await tables_naming(matching.pool, requester) == []
    await network.release_requests()
    [public] = await read_outbox(matching.pool, REQUEST.name)
    assert (public[0], public[2]["state"]) == ("MentorshipEnded", "ended")
    *_, personal = await read_outbox(matching.pool, MENTORSHIP.name)
    assert personal == ("MentorshipErased", str(request), None)
    whole = await network.read_request(request)
    assert (whole["requester"], whole["question"], whole["proposals"]) == (None, None, [])
    assert (await network.set_capacity(adviser, 1)).json()["taken"] == 0
    ranked = await matching.as_member(contact).get(f"/requests/{request}/candidates")
    assert refusal_of(ranked) == (409, "request-closed")


@pytest.mark.parametrize("answered", ["asked", "accepted", "declined", "agreed"])
async def test_an_adviser_who_is_erased_is_in_no_message_and_the_request_goes_on(
    network: Network, matching: Running, answered: str
) -> None:
    contact, adviser, requester = (
        await network.open_desk(),
        await network.add_member(),
        await network.add_member(),
    )
    await network.set_capacity(adviser, 3)
    request = await network.request_mentorship(requester)
    proposal = await network.propose_adviser(request, contact, adviser)
    if answered == "declined":
        await network.post(f"/proposals/{proposal}/refusal", by=adviser, reason="I am ill.")
    if answered in ("accepted", "agreed"):
        await network.accept_proposal(proposal, adviser)
    if answered == "agreed":
        await network.post(f"/requests/{request}/agreement", by=requester)

    await network.erase_members(adviser)

    assert await tables_naming(matching.pool, adviser) == []
    *_, (type, _, last) = await read_outbox(matching.pool, MENTORSHIP.name)
    assert str(adviser) not in str(last)
    assert (
        last["state"]
        == await network.read_state(request)
        == ("ended" if answered == "agreed" else "requested")
    )
    reopened = answered in ("asked", "accepted")
    assert (type == "MentorshipReopened") == reopened


async def test_a_contact_who_is_erased_leaves_the_desk_to_the_deputies(
    network: Network, matching: Running
) -> None:
    deputy = await network.add_member(advises=False)
    contact = await network.open_desk(deputies=[deputy])
    adviser, requester = await network.add_member(), await network.add_member()
    taken, waiting = await network.request_mentorship(requester), await network.request_mentorship(requester)
    await network.accept_proposal(await network.propose_adviser(taken, contact, adviser), adviser)

    await network.erase_members(contact)

    assert await tables_naming(matching.pool, contact) == []
    newest = {key: data for _, key, data in await read_outbox(matching.pool, MENTORSHIP.name)}
    assert str(contact) not in str(newest)
    assert newest[str(waiting)]["contacts"] == [str(deputy)]
    assert newest[str(taken)]["state"] == "accepted"
    other = await network.add_member()
    await network.propose_adviser(waiting, deputy, other)


async def test_requests_of_a_desk_where_nobody_is_left_go_to_the_wider_desk(
    network: Network, matching: Running
) -> None:
    national, contact = await network.open_desk("russia"), await network.open_desk(URALS)
    request = await network.request_mentorship(await network.add_member())

    await network.erase_members(contact)

    whole = await network.read_request(request)
    assert (whole["desk"], whole["contacts"]) == ("russia", [str(national)])
    *_, (type, _, last) = await read_outbox(matching.pool, MENTORSHIP.name)
    assert (type, last["contacts"]) == ("MentorshipRequested", [str(national)])
    await network.erase_members(national)
    assert await matching.pool.fetchval("SELECT contacts FROM request WHERE request = $1", request) == []


async def test_an_order_that_comes_again_sends_nothing_but_its_report(
    network: Network, matching: Running
) -> None:
    await network.open_desk()
    requester = await network.add_member()
    await network.request_mentorship(requester)
    await network.erase_members(requester)
    sent = await read_outbox(matching.pool)

    await network.erase_members(requester)

    again = (await read_outbox(matching.pool))[len(sent) :]
    assert [(type, key) for type, key, _ in again] == [("ErasureCarriedOut", str(requester))]
    assert [(type, key) for type, key, _ in sent].count(("ErasureCarriedOut", str(requester))) == 1


async def test_a_profile_that_comes_after_the_erasure_brings_nobody_back(
    network: Network, matching: Running
) -> None:
    late, unknown = build_profile(), build_profile()
    await network.add_members(late)
    await network.erase_members(late.member, unknown.member)

    for one in (late, unknown):
        await network.deliver(PROFILE, [build_message(one.member, 7, one)])

    assert (
        await tables_naming(matching.pool, late.member)
        == await tables_naming(matching.pool, unknown.member)
        == []
    )
    statistics = await network.get("/statistics")
    assert (statistics["members"], statistics["advisers"]) == (0, 0)
    answer = await network.post("/requests", by=late.member, region=URALS, question="?")
    assert refusal_of(answer) == (404, "member-unknown")


async def test_a_tombstone_alone_erases_too(network: Network, matching: Running) -> None:
    await network.open_desk()
    requester = await network.add_member()
    request = await network.request_mentorship(requester)

    await network.deliver(PROFILE, [build_message(requester, 5, None, "MemberErased")])

    assert await network.read_state(request) == "ended"
    assert await tables_naming(matching.pool, requester) == []


async def test_many_orders_in_one_batch_each_keep_their_correlation(
    network: Network, matching: Running
) -> None:
    contact = await network.open_desk()
    requesters = [await network.add_member() for _ in range(5)]
    requests = [await network.request_mentorship(one) for one in requesters]

    await network.erase_members(*requesters, contact)

    assert [await network.read_state(request) for request in requests] == ["ended"] * 5
    ended = await matching.pool.fetch(
        "SELECT headers FROM outbox WHERE topic = $1 AND type = 'MentorshipErased'", MENTORSHIP.name
    )
    assert len(ended) == 5
    assert all('"ce_correlationid": "c-1"' in row["headers"] for row in ended)
    assert ERASURE.name not in {row["topic"] for row in await matching.pool.fetch("SELECT topic FROM outbox")}


async def test_nothing_that_is_asked_or_proposed_during_the_erasure_stays(
    network: Network, matching: Running
) -> None:
    contact, adviser, requester = (
        await network.open_desk(),
        await network.add_member(),
        await network.add_member(),
    )
    open = [await network.request_mentorship(await network.add_member(advises=False)) for _ in range(6)]
    asking = [network.post("/requests", by=requester, region=URALS, question="?") for _ in range(6)]
    proposing = [
        network.post(f"/requests/{request}/proposals", by=contact, adviser=adviser) for request in open
    ]
    mixed = [one for pair in zip(asking, proposing, strict=True) for one in pair]

    *answers, _ = await asyncio.gather(*mixed, network.erase_members(requester, adviser))

    assert {answer.status_code for answer in answers if answer is not None} <= {201, 404}
    assert await tables_naming(matching.pool, requester) == await tables_naming(matching.pool, adviser) == []
    assert {await network.read_state(request) for request in open} == {"requested"}


async def test_what_was_answered_about_an_erased_member_is_gone_and_not_done_again(
    network: Network, matching: Running
) -> None:
    contact, adviser, requester = (
        await network.open_desk(),
        await network.add_member(),
        await network.add_member(),
    )
    request = await network.request_mentorship(requester)
    path, body, http = (
        f"/requests/{request}/proposals",
        {"adviser": str(adviser)},
        matching.as_member(contact),
    )
    once = {"Idempotency-Key": "p1"}
    assert (await http.post(path, json=body, headers=once)).status_code == 201

    await network.erase_members(adviser)

    assert await tables_naming(matching.pool, adviser) == []
    assert refusal_of(await http.post(path, json=body, headers=once)) == (410, "person-gone")


@pytest.mark.parametrize("role", ["requester", "adviser", "contact"])
async def test_who_is_in_many_requests_is_erased_by_the_page_and_read_nowhere_from_the_first(
    network: Network, matching: Running, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    monkeypatch.setattr(named_requests, "PAGE", 2)
    contact, adviser, requester = (
        await network.open_desk(deputies=[await network.add_member(advises=False)]),
        await network.add_member(),
        await network.add_member(),
    )
    requests = [await network.request_mentorship(requester, question="Who asks?") for _ in range(5)]
    proposals = [await network.propose_adviser(request, contact, adviser) for request in requests]
    await network.set_capacity(adviser, 3)
    await network.accept_proposal(proposals[4], adviser)
    gone = {"requester": requester, "adviser": adviser, "contact": contact}[role]

    await network.erase_members(gone)

    assert "request" in await tables_naming(matching.pool, gone) or role == "adviser"
    await network.request_mentorship(await network.add_member())
    seated = await network.find_seated(requests[0])
    read = [await network.get("/requests", by=seated)] + [await network.read_request(one) for one in requests]
    assert str(gone) not in str(read)
    assert ("Who asks?" in str(read)) == (role != "requester")
    assert await _read_reports(matching.pool) == []
    while await ERASING.step(matching.pool):
        pass
    assert await tables_naming(matching.pool, gone) == []
    assert await _read_reports(matching.pool) == [(str(gone), "c-1")]
    newest = {key: data for _, key, data in await read_outbox(matching.pool, MENTORSHIP.name)}
    assert str(gone) not in str(newest)


async def test_what_is_done_during_a_long_erasure_neither_finds_nor_tells_of_who_is_erased(
    network: Network, matching: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(named_requests, "PAGE", 1)
    contact, adviser, requester = (
        await network.open_desk(),
        await network.add_member(),
        await network.add_member(),
    )
    requests = [await network.request_mentorship(requester) for _ in range(3)]
    await network.set_capacity(adviser, 3)
    proposals = [await network.propose_adviser(request, contact, adviser) for request in requests]
    for proposal in proposals:
        await network.accept_proposal(proposal, adviser)
    await network.erase_members(adviser)
    left = await matching.pool.fetchval("SELECT request FROM request WHERE adviser = $1 LIMIT 1", adviser)

    agreed = await network.post(f"/requests/{left}/agreement", by=requester)
    assert refusal_of(agreed) == (409, "not-accepted")
    await network.put(f"/desks/{URALS}", contacts=[await network.add_member()])
    assert (await network.post(f"/requests/{left}/end", by=requester)).status_code == 200

    *_, (_, key, last) = await read_outbox(matching.pool, MENTORSHIP.name)
    assert key == str(left)
    assert str(adviser) not in str(last)


async def _read_reports(pool: Pool) -> list[tuple[str, str]]:
    rows = await pool.fetch(
        "SELECT key, headers::jsonb ->> 'ce_correlationid' AS correlation FROM outbox"
        " WHERE type = 'ErasureCarriedOut'"
    )
    return [tuple(row) for row in rows]
