"""Erasure: a member's registrations are gone, their place goes to the next, and every reader is told."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from services.events import erasure
from services.events.registrations import registrations
from services.events.registrations.registrations import Register
from shared.contracts.catalogue import REGISTRATION
from shared.contracts.members import Erasure
from shared.postgres.pool import transaction
from shared.testing.services import Running, read_outbox
from shared.testing.waiting import eventually
from tests.events.conftest import Offered, join, message


async def register(events: Running, offer: UUID, member: UUID) -> str:
    answer = await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})
    registration: str = answer.json().get("registration", "")
    return registration


async def erase(events: Running, members: Sequence[UUID]) -> None:
    orders = [message(Erasure(member=m, ordered_at=datetime.now(UTC)), m) for m in members]
    async with transaction(events.pool) as tx:
        await erasure.erase_members(tx, orders)


async def test_an_erased_members_place_goes_to_the_next_who_waits(events: Running, offered: Offered) -> None:
    offer = await offered(places=1)
    first, second, third = await join(events.pool, 3)
    held, waits, last = [await register(events, offer, m) for m in (first, second, third)]

    await erase(events, [first])

    assert (await events.http.get(f"/registrations/{held}")).status_code == 404
    assert (await events.http.get(f"/registrations/{waits}")).json()["state"] == "registered"
    assert (await events.http.get(f"/registrations/{last}")).json()["position"] == 1
    sent = await read_outbox(events.pool, REGISTRATION.name)
    assert [(type, key) for type, key, _ in sent[-2:]] == [
        ("RegistrationErased", held),
        ("Registered", waits),
    ]


async def test_every_registration_gets_a_tombstone_that_is_newer_than_all_before(
    events: Running, offered: Offered
) -> None:
    [member] = await join(events.pool, 1)
    kept = await register(events, await offered(), member)
    withdrawn = await register(events, await offered(), member)
    await events.http.delete(f"/registrations/{withdrawn}")

    await erase(events, [member])

    rows = await events.pool.fetch(
        "SELECT key, payload, sequence FROM outbox WHERE topic = $1", REGISTRATION.name
    )
    for registration in (kept, withdrawn):
        newest = max(
            (row for row in rows if row["key"] == registration), key=lambda row: int(row["sequence"])
        )
        assert newest["payload"] is None


async def test_nothing_of_an_erased_member_is_left_and_a_repeat_sends_nothing(
    events: Running, offered: Offered
) -> None:
    [member] = await join(events.pool, 1)
    offer = await offered()
    await register(events, offer, member)
    await erase(events, [member])
    sent = await read_outbox(events.pool)

    await erase(events, [member])

    assert await read_outbox(events.pool) == sent
    assert str(member) not in str(sent)
    assert await events.pool.fetchval("SELECT count(*) FROM registration") == 0
    assert await events.pool.fetchval("SELECT count(*) FROM member") == 0
    assert (await events.http.get(f"/offers/{offer}")).json()["registered"] == 0
    assert await register(events, offer, member) == ""


async def test_erasures_and_registrations_at_once_end_without_a_trace(
    events: Running, offered: Offered
) -> None:
    all_offers = [await offered(places=3) for _ in range(4)]
    leaving, staying = await join(events.pool, 6), await join(events.pool, 6)

    await asyncio.gather(
        *(register(events, offer, m) for offer in all_offers for m in (*leaving, *staying)),
        *(erase(events, part) for part in (leaving[:3], leaving[3:])),
    )

    rows = await events.pool.fetch("SELECT member, state, offer FROM registration")
    assert not {row["member"] for row in rows} & set(leaving)
    for offer in all_offers:
        states = [row["state"] for row in rows if row["offer"] == offer]
        assert (states.count("registered"), states.count("waitlisted")) == (3, 3)
        listing = (await events.http.get(f"/offers/{offer}")).json()
        assert (listing["registered"], listing["waiting"]) == (3, 3)


async def test_an_erasure_waits_for_a_registration_that_is_under_way(
    events: Running, offered: Offered
) -> None:
    offer, [member] = await offered(), await join(events.pool, 1)

    async def waits() -> bool:
        return bool(
            await events.pool.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database()"
            )
        )

    async with transaction(events.pool) as tx:
        await registrations.register_member(tx, offer, Register(member=member))
        erasing = asyncio.create_task(erase(events, [member]))
        await eventually(waits)
    await erasing

    assert await events.pool.fetchval("SELECT count(*) FROM registration") == 0
