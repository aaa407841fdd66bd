"""The counts that the world sees: they arrive, in releases, and show neither who nor when."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.events.erasure import erase_members
from services.events.offers.work import WORKERS
from shared.contracts.catalogue import OFFER, REGISTRATION
from shared.postgres.pool import transaction
from shared.testing.services import Running, read_outbox
from tests.events.releases import COMPLETION, release_counts
from tests.events.samples import CreateOffer, build_message, join_members

ENOUGH = 3
PUBLIC = (
    "/",
    "/?places_left=1",
    "/?view=months",
    "/offers.ics",
    "/offers.atom",
    "/offers.csv",
    "/offers.json",
)


async def register(events: Running, offer: UUID, *members: UUID) -> list[str]:
    answers = [
        await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})
        for member in members
    ]
    return [answer.raise_for_status().json()["registration"] for answer in answers]


async def withdraw(events: Running, *registrations: str) -> None:
    for registration in registrations:
        (await events.http.delete(f"/registrations/{registration}")).raise_for_status()


async def heard(events: Running, offer: UUID) -> list[tuple[int, int]]:
    """The counts that the world was told, one after the other."""
    told = [data for _, key, data in await read_outbox(events.pool, OFFER.name) if key == str(offer)]
    return [(data["registered"], data["waiting"]) for data in told]


async def see(events: Running, offer: UUID) -> list[Any]:
    """All that anybody sees of an offer on pages and in feeds, with their headers."""
    slug = (await events.http.get(f"/offers/{offer}")).json()["slug"]
    answers = [await events.http.get(path) for path in (*PUBLIC, f"/events/{slug}", f"/events/{slug}.ics")]
    assert {answer.status_code for answer in answers} == {200}
    for answer in answers:
        del answer.headers["X-Correlation-ID"]
    return [(answer.headers, answer.text) for answer in answers]


async def test_many_registrations_become_one_change_of_the_counts(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=3)
    await register(events, offer, *await join_members(events.pool, 5))

    assert await release_counts(events) == 1
    assert await release_counts(events) == 0

    [_, (type, key, _)] = await read_outbox(events.pool, OFFER.name)
    assert (type, key) == ("EventChanged", str(offer))
    assert await heard(events, offer) == [(0, 0), (3, 2)]


async def test_the_world_hears_when_enough_have_acted_and_of_all_once_a_day(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=2)
    first, second, third, fourth = await join_members(events.pool, 4)
    for _ in range(3):
        await withdraw(events, *await register(events, offer, first))
    await register(events, offer, first, second)
    assert await release_counts(events, minimum=ENOUGH) == 0
    await register(events, offer, third)
    assert await release_counts(events, minimum=ENOUGH) == 1
    await register(events, offer, fourth)
    assert await release_counts(events, minimum=ENOUGH) == 0
    assert await release_counts(events, minimum=ENOUGH, whole=True) == 1

    assert await heard(events, offer) == [(0, 0), (2, 1), (2, 2)]


async def test_who_moves_up_makes_nobodys_withdrawal_one_of_several(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=2)
    seated, other, *_ = await register(events, offer, *await join_members(events.pool, 4))
    await release_counts(events)

    await withdraw(events, seated, other)

    assert await release_counts(events, minimum=ENOUGH) == 0
    assert (await events.http.get(f"/offers/{offer}")).json()["waiting"] == 0
    assert await heard(events, offer) == [(0, 0), (2, 2)]


async def test_there_is_one_release_in_an_interval(events: Running, create_offer: CreateOffer) -> None:
    await release_counts(events)
    await register(events, await create_offer(), *await join_members(events.pool, 1))

    assert await release_counts(events, due=False) == 0
    assert await release_counts(events) == 1


async def test_pages_and_feeds_are_the_same_until_the_world_hears_of_an_act(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=2)
    before = await see(events, offer)
    await register(events, offer, *await join_members(events.pool, 3))

    assert await see(events, offer) == before
    assert (await events.http.get(f"/offers/{offer}")).json()["registered"] == 2
    await release_counts(events)
    assert [new != old for new, old in zip(await see(events, offer), before, strict=True)].count(True) > 5


async def test_a_change_by_the_organisation_tells_of_nobody_who_acted_since(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=3)
    registered = await register(events, offer, *await join_members(events.pool, 5))
    await release_counts(events)
    await withdraw(events, registered[4])
    for places in (4, 6, None):
        (await events.http.put(f"/offers/{offer}/places", json={"places": places})).raise_for_status()
    (await events.http.post(f"/offers/{offer}/cancellation", json={"reason": "Storm"})).raise_for_status()

    assert await heard(events, offer) == [(0, 0), (3, 2), (4, 1), (5, 0), (5, 0), (5, 0)]
    assert await release_counts(events) == 1
    assert (await heard(events, offer))[-1] == (4, 0)


ACTS = st.tuples(st.sampled_from(["registers", "withdraws", "is erased"]), st.integers(0, 7))
RELEASES = st.sampled_from([("release", 0), ("whole release", 0)])
CAPACITIES = st.tuples(st.just("places"), st.integers(1, 9))


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTS | ACTS | ACTS | RELEASES | CAPACITIES, min_size=8, max_size=30))
async def test_between_two_counts_that_the_world_is_told_enough_persons_acted_or_a_day_ended(
    events: Running, create_offer: CreateOffer, steps: list[tuple[str, int]]
) -> None:
    offer, members = await create_offer(places=4), await join_members(events.pool, 8)
    acted: set[int] = set()
    active: dict[int, str] = {}
    for step, number in steps:
        before = await heard(events, offer)
        if step == "places":
            await events.http.put(f"/offers/{offer}/places", json={"places": number})
        elif step.endswith("release"):
            released = await release_counts(events, minimum=ENOUGH, whole=step == "whole release")
            assert not released or len(acted) >= ENOUGH or step == "whole release"
            if released:
                acted.clear()
        elif await act(events, offer, members[number], step, active, number):
            acted.add(number)
        if step in ("registers", "withdraws", "is erased"):
            assert await heard(events, offer) == before
    await release_counts(events, whole=True)
    true = (await events.http.get(f"/offers/{offer}")).json()
    assert (await heard(events, offer))[-1] == (true["registered"], true["waiting"])


async def act(
    events: Running, offer: UUID, member: UUID, step: str, active: dict[int, str], number: int
) -> bool:
    """Whether a person could do this."""
    if step == "registers":
        answer = await events.http.post(f"/offers/{offer}/registrations", json={"member": str(member)})
        if answer.status_code == 201:
            active[number] = answer.json()["registration"]
        return answer.status_code == 201
    if number not in active:
        return False
    if step == "withdraws":
        await withdraw(events, active.pop(number))
    else:
        active.pop(number)
        async with transaction(events.pool) as tx:
            await erase_members(tx, [build_message(None, member)])
    return True


async def test_the_public_topic_names_no_member_and_no_registration(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=1)
    await register(events, offer, *await join_members(events.pool, 3))
    await release_counts(events)

    public = str(await read_outbox(events.pool, OFFER.name))
    private = await read_outbox(events.pool, REGISTRATION.name)
    for _, registration, data in private:
        assert registration not in public
        assert data["member"] not in public
    rows = await events.pool.fetch("SELECT headers FROM outbox WHERE topic = $1", OFFER.name)
    assert all("ce_correlationid" not in row["headers"] for row in rows)


async def test_versions_rise_by_one_with_each_message(events: Running, create_offer: CreateOffer) -> None:
    offer = await create_offer(places=3)
    for member in await join_members(events.pool, 3):
        await register(events, offer, member)
        await release_counts(events)

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
