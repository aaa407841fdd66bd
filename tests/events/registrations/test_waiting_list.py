"""The waiting list, compared with a model on paper after every step that hypothesis thinks of."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias
from unittest.mock import patch
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.events.erasure import erase_members
from services.events.registrations import waiting_list as moving
from services.events.registrations.work import MOVING_UP
from shared.contracts.catalogue import OFFER, REGISTRATION
from shared.postgres.pool import transaction
from shared.testing.services import Running, read_outbox
from tests.events.releases import release_counts
from tests.events.samples import CreateOffer, build_message, join_members

Step: TypeAlias = tuple[str, int | None]

STATES = ("registered", "waitlisted")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("register"), st.integers(0, 7)),
        st.tuples(st.just("register"), st.integers(0, 7)),
        st.tuples(st.just("withdraw"), st.integers(0, 7)),
        st.tuples(st.just("set_places"), st.one_of(st.none(), st.integers(1, 6))),
    ),
    max_size=25,
)


@dataclass
class ListOnPaper:
    """The list as a person would keep it: those in, those waiting, each in order."""

    places: int | None
    waiting_list: bool
    confirmed: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)

    def register(self, member: int) -> bool:
        free = self.places is None or len(self.confirmed) < self.places
        if member in self.confirmed + self.waiting or not (free or self.waiting_list):
            return False
        (self.confirmed if free else self.waiting).append(member)
        return True

    def withdraw(self, member: int) -> bool:
        known = member in self.confirmed + self.waiting
        self.confirmed = [m for m in self.confirmed if m != member]
        self.waiting = [m for m in self.waiting if m != member]
        self._move_up()
        return known

    def set_places(self, places: int | None) -> bool:
        if places is not None and places < len(self.confirmed):
            return False
        self.places = places
        self._move_up()
        return True

    def _move_up(self) -> None:
        while self.waiting and (self.places is None or len(self.confirmed) < self.places):
            self.confirmed.append(self.waiting.pop(0))


@dataclass
class ListInService:
    """The same steps through the HTTP API; `registrations` has each member's newest registration."""

    events: Running
    offer: UUID
    members: Sequence[UUID]
    registrations: dict[int, str] = field(default_factory=dict)

    async def register(self, member: int) -> bool:
        body = {"member": str(self.members[member])}
        answer = await self.events.http.post(f"/offers/{self.offer}/registrations", json=body)
        if answer.status_code == 201:
            self.registrations[member] = answer.json()["registration"]
        return answer.status_code == 201

    async def withdraw(self, member: int) -> bool:
        if member not in self.registrations:
            return False
        answer = await self.events.http.delete(f"/registrations/{self.registrations.pop(member)}")
        return answer.status_code == 200

    async def set_places(self, places: int | None) -> bool:
        answer = await self.events.http.put(f"/offers/{self.offer}/places", json={"places": places})
        return answer.status_code == 200

    async def read_lists(self) -> tuple[set[int], list[int]]:
        """Who has a seat, and who waits in which order."""
        rows = await self.events.pool.fetch(
            "SELECT member, state FROM registration WHERE offer = $1 AND state <> 'withdrawn' ORDER BY number",
            self.offer,
        )
        who = {
            state: [self.members.index(r["member"]) for r in rows if r["state"] == state] for state in STATES
        }
        return set(who["registered"]), who["waitlisted"]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, places=st.integers(1, 4), waiting_list=st.booleans(), page=st.integers(1, 9))
async def test_every_step_leaves_the_list_as_on_paper(
    events: Running, create_offer: CreateOffer, steps: list[Step], places: int, waiting_list: bool, page: int
) -> None:
    on_paper = ListOnPaper(places, waiting_list)
    offer = await create_offer(places=places, waiting_list=waiting_list)
    in_service = ListInService(events, offer, await join_members(events.pool, 8))

    for action, value in steps:
        with patch.object(moving, "PAGE", page):
            assert await getattr(in_service, action)(value) == getattr(on_paper, action)(value)
            await move_all_up(events)
        assert await in_service.read_lists() == (set(on_paper.confirmed), on_paper.waiting)

    offered = (await events.http.get(f"/offers/{offer}")).json()
    assert (offered["registered"], offered["waiting"]) == (len(on_paper.confirmed), len(on_paper.waiting))
    assert await _read_topic(events, offer) == {
        **{str(in_service.members[m]): "registered" for m in on_paper.confirmed},
        **{str(in_service.members[m]): "waitlisted" for m in on_paper.waiting},
    }


async def _read_topic(events: Running, offer: UUID) -> dict[str, str]:
    """Who is registered or waits, as someone knows who reads the topic only."""
    sent = await read_outbox(events.pool, REGISTRATION.name)
    newest = {key: data for _, key, data in sent if data["offer"] == str(offer)}
    return {data["member"]: data["state"] for data in newest.values() if data["state"] != "withdrawn"}


async def move_all_up(events: Running) -> int:
    """Let the worker do all it has to; returns how many transactions that took."""
    steps = 0
    while await MOVING_UP.step(events.pool):
        steps += 1
    return steps


async def test_more_seats_than_a_page_are_given_page_by_page_and_nobody_overtakes(
    events: Running, create_offer: CreateOffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "PAGE", 2)
    in_service = ListInService(events, await create_offer(places=1), await join_members(events.pool, 8))
    for member in range(7):
        await in_service.register(member)

    await in_service.set_places(9)
    assert await in_service.read_lists() == ({0, 1, 2}, [3, 4, 5, 6])
    await in_service.register(7)
    assert (await in_service.read_lists())[1] == [3, 4, 5, 6, 7]

    assert await move_all_up(events) == 3
    assert await in_service.read_lists() == (set(range(8)), [])
    [offered] = (await events.http.get("/offers")).json()["items"]
    assert (offered["registered"], offered["waiting"]) == (8, 0)


async def test_more_places_move_members_up_in_order(events: Running, create_offer: CreateOffer) -> None:
    in_service = ListInService(events, await create_offer(places=1), await join_members(events.pool, 5))
    for member in range(5):
        await in_service.register(member)
    await release_counts(events)

    await in_service.set_places(3)

    assert await in_service.read_lists() == ({0, 1, 2}, [3, 4])
    sent = await read_outbox(events.pool, REGISTRATION.name)
    assert [(type, key) for type, key, _ in sent[5:]] == [
        ("Registered", in_service.registrations[1]),
        ("Registered", in_service.registrations[2]),
    ]
    [*_, (type, _, public)] = await read_outbox(events.pool, OFFER.name)
    assert (type, public["places"], public["registered"], public["waiting"]) == ("EventChanged", 3, 3, 2)


@pytest.mark.parametrize("way", ["withdrawal", "more places", "erasure"])
async def test_nobody_moves_up_once_the_last_occurrence_has_begun(
    events: Running, create_offer: CreateOffer, way: str
) -> None:
    offer = await create_offer(places=1, timezone="Asia/Almaty")
    in_service = ListInService(events, offer, await join_members(events.pool, 4))
    for member in range(3):
        await in_service.register(member)
    await release_counts(events)

    async def free_seat() -> None:
        if way == "more places":
            places = await events.pool.fetchval("SELECT places FROM offer")
            assert await in_service.set_places(places + 1)
        elif way == "withdrawal":
            assert await in_service.withdraw(min((await in_service.read_lists())[0]))
        else:
            seated = in_service.members[min((await in_service.read_lists())[0])]
            async with transaction(events.pool) as tx:
                await erase_members(tx, [build_message(None, seated)])

    await _set_begins(events, timedelta(days=-1), timedelta(hours=1))
    await free_seat()
    assert (await in_service.read_lists())[1] == [2]
    await _set_begins(events, timedelta(days=-1), timedelta(hours=-1))
    await free_seat()
    assert (await in_service.read_lists())[1] == [2]
    assert not await in_service.register(3)
    assert (
        "places that become free are not given any more"
        in (await events.http.get(f"/events/{await _read_slug(events)}")).text
    )


async def _set_begins(events: Running, *begins: timedelta) -> None:
    """Let the only offer's occurrences begin so far from now, each for two hours."""
    now = datetime.now(ZoneInfo("Asia/Almaty")).replace(tzinfo=None)
    occurrences = [
        {
            "starts": f"{now + begin:%Y-%m-%dT%H:%M}",
            "ends": f"{now + begin + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        }
        for begin in begins
    ]
    await events.pool.execute(
        "UPDATE offer SET occurrences = $1, starts_at = now() - interval '2 days', ends_at = now() + interval '1 hour'",
        occurrences,
    )


async def _read_slug(events: Running) -> str:
    slug: str = await events.pool.fetchval("SELECT slug FROM offer")
    return slug


async def test_fewer_places_than_confirmed_are_refused_with_their_number(
    events: Running, create_offer: CreateOffer
) -> None:
    in_service = ListInService(events, await create_offer(places=3), await join_members(events.pool, 3))
    for member in range(3):
        await in_service.register(member)

    answer = await events.http.put(f"/offers/{in_service.offer}/places", json={"places": 2})

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/places-taken")
    assert answer.json()["registered"] == 3


async def test_the_same_number_of_places_again_sends_nothing(
    events: Running, create_offer: CreateOffer
) -> None:
    offer = await create_offer(places=3)
    before = await read_outbox(events.pool)

    await events.http.put(f"/offers/{offer}/places", json={"places": 3})

    assert await read_outbox(events.pool) == before
