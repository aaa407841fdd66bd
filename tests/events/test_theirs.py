"""Offers belong to their hosts, and registrations to whoever registered: nobody else finds or changes them."""

from uuid import UUID, uuid4

from shared.testing.services import Running, read_outbox
from tests.events.samples import COLLOQUIUM, CreateOffer, join_members


async def test_a_draft_is_seen_by_the_coordinators_of_its_hosts_alone(
    events: Running, create_offer: CreateOffer
) -> None:
    draft = await create_offer(published=False, co_hosts=["daad"])
    host = await events.as_coordinator("deutscher-bundestag")
    co_host = await events.as_coordinator("daad")
    others = [
        events.anonymous(),
        events.as_member(uuid4()),
        await events.as_operator(),
        await events.as_coordinator("auswaertiges-amt"),
    ]

    assert [(await http.get(f"/offers/{draft}")).status_code for http in (host, co_host)] == [200, 200]
    assert {(await http.get(f"/offers/{draft}")).status_code for http in others} == {404}
    (await host.post(f"/offers/{draft}/publication")).raise_for_status()
    assert {(await http.get(f"/offers/{draft}")).status_code for http in others} == {200}


async def test_the_offer_of_another_organisation_is_changed_by_nobody_else(
    events: Running, create_offer: CreateOffer
) -> None:
    draft, offer = await create_offer(published=False), await create_offer(places=3)
    sent = await read_outbox(events.pool)
    foreign = await events.as_coordinator("daad")

    answers = [
        await foreign.post(f"/offers/{draft}/publication"),
        await foreign.post(f"/offers/{offer}/cancellation", json={"reason": "Nobody wants it."}),
        await foreign.put(f"/offers/{offer}/places", json={"places": 1}),
        await foreign.get(f"/offers/{offer}/registrations"),
        await foreign.post("/offers", json=COLLOQUIUM | {"slug": "in-your-name"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 404, 403]
    assert await read_outbox(events.pool) == sent


async def test_a_member_registers_oneself_and_nobody_else(events: Running, create_offer: CreateOffer) -> None:
    offer, (member, other) = await create_offer(), await join_members(events.pool, 2)
    path, http = f"/offers/{offer}/registrations", events.as_member(member)

    own = await http.post(path, json={})
    of_another = await http.post(path, json={"member": str(other)})

    assert (own.status_code, own.json()["member"]) == (201, str(member))
    assert (of_another.status_code, of_another.json()["type"]) == (403, "/problems/not-for-another")
    assert await events.pool.fetchval("SELECT count(*) FROM registration") == 1


async def test_a_registration_is_found_by_its_member_and_its_hosts(
    events: Running, create_offer: CreateOffer
) -> None:
    offer, (member, other) = await create_offer(), await join_members(events.pool, 2)
    registered = await events.as_member(member).post(f"/offers/{offer}/registrations", json={})
    path = f"/registrations/{registered.json()['registration']}"
    theirs = [events.as_member(member), await events.as_coordinator("deutscher-bundestag")]
    others = [events.as_member(other), await events.as_coordinator("daad")]

    for http in others:
        assert (await http.get(path)).status_code == 404
        assert (await http.delete(path)).status_code == 404
    assert [(await http.get(path)).json()["state"] for http in theirs] == ["registered", "registered"]
    assert (await theirs[0].delete(path)).json()["state"] == "withdrawn"


async def test_a_coordinator_says_whom_they_register(events: Running, create_offer: CreateOffer) -> None:
    offer = await create_offer()
    host = await events.as_coordinator("deutscher-bundestag")

    answer = await host.post(f"/offers/{offer}/registrations", json={})

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/member-missing")


async def test_the_key_of_one_account_gives_another_nothing(
    events: Running, create_offer: CreateOffer
) -> None:
    offer, members = await create_offer(), await join_members(events.pool, 2)
    keyed = {"Idempotency-Key": "the-same-for-both"}

    answers = [
        await events.as_member(member).post(f"/offers/{offer}/registrations", json={}, headers=keyed)
        for member in members
    ]

    assert [UUID(answer.json()["member"]) for answer in answers] == list(members)
