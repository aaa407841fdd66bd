"""Disclosure: a member hears all that events holds about them, and nothing once they are erased."""

import asyncio
import json
from datetime import UTC, datetime

from services.events import erasure
from services.events.disclosure import DISCLOSING, HOLDINGS
from shared.contracts.catalogue import EVENTS_DISCLOSURE
from shared.contracts.members import Erasure
from shared.postgres.pool import transaction
from shared.testing.access import give_mandates
from shared.testing.services import Running
from shared.testing.waiting import eventually
from tests.disclosed import disclose, read_parts, receive_request, require_told
from tests.events.samples import CreateOffer, build_message, join_members

OF_NOBODY = {"organisation", "offer", "count_change", "moving_up", "erased"}


async def test_a_member_hears_of_every_table_that_names_them(
    events: Running, create_offer: CreateOffer
) -> None:
    [member, other] = await join_members(events.pool, 2)
    await give_mandates(events.pool, (), member)
    offer = await create_offer()
    for who in (member, other):
        await events.http.post(
            f"/offers/{offer}/registrations",
            json={"member": str(who)},
            headers={"Idempotency-Key": str(who)},
        )

    told = await disclose(events, DISCLOSING, EVENTS_DISCLOSURE, member)

    await require_told(events.pool, HOLDINGS, OF_NOBODY, member, told)
    [registration] = told["registrations"]
    assert (registration["state"], registration["title"]) == ("registered", "Kolloquium der Alumni")
    assert told["profile"][0]["family_name"] == "Beispiel"
    assert [line["verb"] for line in told["audit"]] == ["register_member"]
    assert str(other) not in str(told)


async def test_what_is_told_while_an_erasure_is_under_way_waits_for_its_end_and_is_nothing(
    events: Running, create_offer: CreateOffer
) -> None:
    [member] = await join_members(events.pool, 1)

    async def waits() -> bool:
        return bool(
            await events.pool.fetchval(
                "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
                " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
            )
        )

    order = build_message(Erasure(member=member, ordered_at=datetime.now(UTC)), member)
    async with transaction(events.pool) as tx:
        await erasure.handle_erasures(tx, [order])
        await receive_request(events, "events", member)
        telling = asyncio.create_task(DISCLOSING.step(events.pool))
        await eventually(waits)
    await telling

    [part] = await read_parts(events.pool, EVENTS_DISCLOSURE)
    assert not any(json.loads(part.content).values())


async def test_who_is_erased_meanwhile_hears_nothing_and_nothing_goes_out(
    events: Running, create_offer: CreateOffer
) -> None:
    [told, asked, late] = await join_members(events.pool, 3)
    await receive_request(events, "events", told)
    await DISCLOSING.step(events.pool)
    await receive_request(events, "events", asked)
    orders = [
        build_message(Erasure(member=member, ordered_at=datetime.now(UTC)), member)
        for member in (told, asked, late)
    ]

    async with transaction(events.pool) as tx:
        await erasure.handle_erasures(tx, orders)
    assert await read_parts(events.pool, EVENTS_DISCLOSURE) == []
    await receive_request(events, "events", late)
    while await DISCLOSING.step(events.pool):
        pass

    [part] = await read_parts(events.pool, EVENTS_DISCLOSURE)
    assert (part.member, part.last) == (late, True)
    assert not any(json.loads(part.content).values())
