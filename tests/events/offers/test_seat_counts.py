"""The counts on the public topic: they arrive, coalesced, and show neither who nor when."""

from datetime import datetime, timedelta

import pytest

from services.events.offers.work import WORKERS
from shared.contracts.catalogue import OFFER, REGISTRATION
from shared.testing.services import Running, read_outbox
from tests.events.samples import CreateOffer, join_members

[COUNTS, COMPLETION] = WORKERS


async def publish_due_counts(events: Running) -> int:
    """Do what is due now; the number of messages."""
    done = 0
    while await COUNTS.step(events.pool):
        done += 1
    return done


async def let_time_pass(events: Running) -> None:
    await events.pool.execute("UPDATE count_change SET due_at = due_at - interval '5 seconds'")


async def test_many_registrations_become_one_change_of_the_counts(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=3)
    for member in await join_members(events.pool, 5):
        await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})
    await let_time_pass(events)

    assert await publish_due_counts(events) == 1

    [_, (type, key, offer_state)] = await read_outbox(events.pool, OFFER.name)
    assert (type, key) == ("EventChanged", str(offer))
    assert (offer_state["registered"], offer_state["waiting"]) == (3, 2)
    assert await publish_due_counts(events) == 0


async def test_counts_go_out_on_even_seconds_and_not_within_two_of_the_last_time(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer()
    [member] = await join_members(events.pool, 1)

    before: datetime = await events.pool.fetchval("SELECT clock_timestamp()")
    await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})

    assert await publish_due_counts(events) == 0
    row = await events.pool.fetchrow("SELECT due_at, changed_at FROM count_change JOIN offer USING (offer)")
    assert row is not None
    assert row["due_at"] - row["changed_at"] >= timedelta(seconds=2)
    assert row["due_at"] <= before + timedelta(seconds=5)

    await events.pool.execute("UPDATE offer SET changed_at = now() - interval '1 hour'")
    await events.pool.execute("DELETE FROM count_change")
    registration = await events.pool.fetchval("SELECT registration FROM registration")
    await events.http.delete(f"/registrations/{registration}")
    due: datetime = await events.pool.fetchval("SELECT due_at FROM count_change")
    assert (due.microsecond, due.second % 2) == (0, 0)


async def test_the_public_topic_names_no_member_and_no_registration(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=1)
    members = await join_members(events.pool, 3)
    for member in members:
        await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})
    await let_time_pass(events)
    await publish_due_counts(events)

    public = str(await read_outbox(events.pool, OFFER.name))
    private = await read_outbox(events.pool, REGISTRATION.name)
    for _, registration, data in private:
        assert registration not in public
        assert data["member"] not in public
    rows = await events.pool.fetch("SELECT headers FROM outbox WHERE topic = $1", OFFER.name)
    assert all("ce_correlationid" not in row["headers"] for row in rows)


async def test_a_change_by_the_organisation_takes_the_waiting_counts_along(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=3)
    [member] = await join_members(events.pool, 1)
    await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})
    await events.http.put(f"/offers/{offer}/places", json={"places": 4})
    await let_time_pass(events)

    assert await publish_due_counts(events) == 0
    assert (await read_outbox(events.pool, OFFER.name))[-1][2]["registered"] == 1


async def test_versions_rise_by_one_with_each_message(events: Running, create_offer: CreateOffer) -> None:
    offer = await create_offer(places=3)
    for member in await join_members(events.pool, 3):
        await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})
        await let_time_pass(events)
        await publish_due_counts(events)

    rows = await events.pool.fetch("SELECT sequence FROM outbox WHERE topic = $1 ORDER BY id", OFFER.name)
    assert [row["sequence"] % 10**15 for row in rows] == [1, 2, 3, 4]


async def test_an_offer_that_has_ended_is_completed_once(events: Running, create_offer: CreateOffer) -> None:
    offer = await create_offer()
    await events.pool.execute(
        "UPDATE offer SET starts_at = now() - interval '2 hours', ends_at = now() - interval '1 hour'"
    )

    assert [await COMPLETION.step(events.pool) for _ in range(2)] == [1, 0]

    assert (await events.http.get(f"/offers/{offer}")).json()["state"] == "completed"
    assert [type for type, _, _ in await read_outbox(events.pool, OFFER.name)] == [
        "EventScheduled",
        "EventChanged",
    ]


@pytest.mark.usefixtures("create_offer")
async def test_nothing_due_is_nothing_done(events: Running) -> None:
    assert [await each.step(events.pool) for each in WORKERS] == [0, 0]
