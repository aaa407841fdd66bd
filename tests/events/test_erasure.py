"""Erasure: a member's registrations are gone, their seat goes to the next, and every reader learns of it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from services.events import erasure
from services.events.consumers import ROUTES
from services.events.registrations import registrations
from services.events.registrations.registrations import Register
from services.events.replicas import members
from shared.access.principal import Principal
from shared.contracts.catalogue import EVENTS_ERASURE, PROFILE, REGISTRATION
from shared.contracts.members import Erasure
from shared.postgres.pool import transaction
from shared.testing.services import Running, read_outbox
from shared.testing.waiting import eventually
from tests.events.samples import CreateOffer, build_message, join_members


async def register_member(events: Running, offer: UUID, member: UUID) -> str:
    answer = await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})
    registration: str = answer.json().get("registration", "")
    return registration


async def order_erasure(events: Running, ordered: Sequence[UUID]) -> None:
    orders = [build_message(Erasure(member=m, ordered_at=datetime.now(UTC)), m) for m in ordered]
    async with transaction(events.pool) as tx:
        await erasure.handle_erasures(tx, orders)


async def read_sent(events: Running) -> list[tuple[str, str, Any]]:
    """What went out, but the reports on erasures."""
    return [sent for sent in await read_outbox(events.pool) if sent[0] != "ErasureCarriedOut"]


async def list_reported(events: Running) -> list[str]:
    """Whose erasure was reported."""
    return [member for _, member, _ in await read_outbox(events.pool, EVENTS_ERASURE.name)]


async def test_an_erased_members_seat_goes_to_the_next_who_waits(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=1)
    first, second, third = await join_members(events.pool, 3)
    held, waits, last = [await register_member(events, offer, m) for m in (first, second, third)]

    await order_erasure(events, [first])

    assert (await events.http.get(f"/registrations/{held}")).status_code == 404
    assert (await events.http.get(f"/registrations/{waits}")).json()["state"] == "registered"
    assert (await events.http.get(f"/registrations/{last}")).json()["position"] == 1
    sent = await read_outbox(events.pool, REGISTRATION.name)
    assert [(type, key) for type, key, _ in sent[-2:]] == [
        ("RegistrationErased", held),
        ("Registered", waits),
    ]


async def test_every_registration_gets_a_tombstone_that_is_newer_than_all_before(
    events: Running, create_offer: CreateOffer
) -> None:
    [member] = await join_members(events.pool, 1)
    kept = await register_member(events, await create_offer(), member)
    withdrawn = await register_member(events, await create_offer(), member)
    await events.http.delete(f"/registrations/{withdrawn}")

    await order_erasure(events, [member])

    rows = await events.pool.fetch(
        "SELECT key, payload, sequence FROM outbox WHERE topic = $1", REGISTRATION.name
    )
    for registration in (kept, withdrawn):
        newest = max(
            (row for row in rows if row["key"] == registration), key=lambda row: int(row["sequence"])
        )
        assert newest["payload"] is None


async def test_nothing_of_an_erased_member_is_left_and_a_repeat_sends_nothing_but_its_report(
    events: Running, create_offer: CreateOffer
) -> None:
    [member] = await join_members(events.pool, 1)
    offer = await create_offer()
    await register_member(events, offer, member)
    await order_erasure(events, [member])
    sent = await read_sent(events)
    assert await list_reported(events) == [str(member)]

    await order_erasure(events, [member])

    assert await read_sent(events) == sent
    assert await list_reported(events) == [str(member)] * 2
    assert str(member) not in str(sent)
    assert await events.pool.fetchval("SELECT count(*) FROM registration") == 0
    assert await events.pool.fetchval("SELECT count(*) FROM member") == 0
    assert (await events.http.get(f"/offers/{offer}")).json()["registered"] == 0
    assert await register_member(events, offer, member) == ""


async def test_a_tombstone_erases_as_an_order_does_and_an_order_behind_it_finds_nothing(
    events: Running, create_offer: CreateOffer
) -> None:
    [member], offer = await join_members(events.pool, 1), await create_offer()
    await register_member(events, offer, member)
    async with transaction(events.pool) as tx:
        await ROUTES[PROFILE](tx, [build_message(None, member, 2)])
    assert await events.pool.fetchval("SELECT count(*) FROM registration") == 0
    assert await list_reported(events) == []

    sent = await read_sent(events)
    await order_erasure(events, [member])
    assert await read_sent(events) == sent
    assert await list_reported(events) == [str(member)]


async def test_an_order_erases_who_is_known_to_be_gone_and_has_registrations_left(
    events: Running, create_offer: CreateOffer
) -> None:
    """As a tombstone left it, when the order behind it was lost."""
    [member], offer = await join_members(events.pool, 1), await create_offer()
    await register_member(events, offer, member)
    async with transaction(events.pool) as tx:
        await members.erase_members(tx, [member])

    await order_erasure(events, [member])

    assert await events.pool.fetchval("SELECT count(*) FROM registration") == 0
    assert str(member) not in str(await read_sent(events))


async def test_erasures_and_registrations_at_once_end_without_a_trace(
    events: Running, create_offer: CreateOffer
) -> None:
    all_offers = [await create_offer(places=3) for _ in range(4)]
    leaving, staying = await join_members(events.pool, 6), await join_members(events.pool, 6)

    await asyncio.gather(
        *(register_member(events, offer, m) for offer in all_offers for m in (*leaving, *staying)),
        *(order_erasure(events, part) for part in (leaving[:3], leaving[3:])),
    )

    rows = await events.pool.fetch("SELECT member, state, offer FROM registration")
    assert not {row["member"] for row in rows} & set(leaving)
    for offer in all_offers:
        states = [row["state"] for row in rows if row["offer"] == offer]
        assert (states.count("registered"), states.count("waitlisted")) == (3, 3)
        offered = (await events.http.get(f"/offers/{offer}")).json()
        assert (offered["registered"], offered["waiting"]) == (3, 3)


async def test_an_erasure_waits_for_a_registration_that_is_under_way(
    events: Running, create_offer: CreateOffer
) -> None:
    offer, [member] = await create_offer(), await join_members(events.pool, 1)

    async def waits() -> bool:
        return bool(
            await events.pool.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database()"
            )
        )

    async with transaction(events.pool) as tx:
        await registrations.register_member(tx, Principal(uuid4(), member), offer, Register())
        erasing = asyncio.create_task(order_erasure(events, [member]))
        await eventually(waits)
    await erasing

    assert await events.pool.fetchval("SELECT count(*) FROM registration") == 0


async def test_a_repeat_for_who_was_erased_says_so_and_registers_nobody(
    events: Running, create_offer: CreateOffer
) -> None:
    offer, [member, other] = await create_offer(), await join_members(events.pool, 2)
    path = f"/offers/{offer}/registrations"
    for who in (member, other):
        await events.http.post(path, json={"member": str(who)}, headers={"Idempotency-Key": str(who)})

    await order_erasure(events, [member])

    gone, kept = [
        await events.http.post(path, json={"member": str(who)}, headers={"Idempotency-Key": str(who)})
        for who in (member, other)
    ]
    assert (gone.status_code, gone.json()["type"]) == (410, "/problems/person-gone")
    assert kept.status_code == 201
    rows = await events.pool.fetch("SELECT k::text FROM kept_answer k")
    assert str(member) not in str(rows)
    assert str(other) in str(rows)
