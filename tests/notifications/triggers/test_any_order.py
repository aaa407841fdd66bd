"""Offers and registrations arrive by two topics in any order and in any batches: what members hear is the same."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.catalogue import ERASURE, OFFER, ORGANISATION, PROFILE, REGISTRATION, Topic
from shared.contracts.events import OfferState
from shared.messaging.message import Message
from shared.testing.services import Running
from tests.notifications import builders as build
from tests.notifications.conftest import StartService, receive_batch

OFFERS, MEMBERS = 2, 3
CONFIRMATIONS = ("registered", "waitlisted", "moved-up")
OPEN = ("registered", "waitlisted", "moved-up")

# As the events service may live them; "moved-up" is a registration that came from the waiting list.
OFFER_LIFE = st.sampled_from(
    [
        ["published"],
        ["published", "published", "completed"],
        ["published", "cancelled"],
        ["published", "cancelled", "cancelled"],
    ]
)
REGISTRATION_LIFE = st.sampled_from(
    [
        ["registered"],
        ["registered", "withdrawn"],
        ["waitlisted"],
        ["waitlisted", "moved-up"],
        ["waitlisted", "withdrawn"],
        ["waitlisted", "moved-up", "withdrawn"],
    ]
)


@dataclass(frozen=True)
class Record:
    """A message on its topic, and what it says of whom."""

    topic: Topic
    message: Message[Any]
    says: str = ""
    offer: int = -1
    member: int = -1


@dataclass(frozen=True)
class Story:
    """What was published: each key's records in their order; the batches in which they arrive, and after which of
    these all mails that are due go out."""

    offers: Sequence[UUID]
    members: Sequence[UUID]
    batches: Sequence[Sequence[Record]]
    sending_after: Sequence[bool]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    offers, members = [uuid4() for _ in range(OFFERS)], [uuid4() for _ in range(MEMBERS)]
    keys = [_live_offer(i, offers[i], draw(OFFER_LIFE)) for i in range(OFFERS)]
    keys += [[Record(PROFILE, build.profile(member))] for member in members]
    erased = draw(st.sets(st.integers(0, MEMBERS - 1), max_size=1))
    keys += [[Record(ERASURE, build.erasure(members[i]), "erased", member=i)] for i in erased]
    for offer in range(OFFERS):
        for member in range(MEMBERS):
            for life in _only_last_stays(draw(st.lists(REGISTRATION_LIFE, max_size=2))):
                keys.append(_live_registration(offer, member, offers, members, life))
    order = draw(st.permutations([i for i, records in enumerate(keys) for _ in records]))
    records = _interleave(keys, order, [draw(st.booleans()) for _ in order])
    cuts = [draw(st.booleans()) for _ in records]
    batches = list(_cut(records, cuts))
    return Story(offers, members, batches, [draw(st.integers(0, 4)) == 0 for _ in batches])


def _only_last_stays(lives: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    """A member has one open registration for an offer at most."""
    return [life if life[-1] == "withdrawn" else [*life, "withdrawn"] for life in lives[:-1]] + list(
        lives[-1:]
    )


def _live_offer(number: int, offer: UUID, life: Sequence[str]) -> list[Record]:
    return [Record(OFFER, build.offer(offer, state=OfferState(state)), state, offer=number) for state in life]


def _live_registration(
    offer: int, member: int, offers: Sequence[UUID], members: Sequence[UUID], life: Sequence[str]
) -> list[Record]:
    id = uuid4()
    return [
        Record(
            REGISTRATION,
            build.registration(
                id,
                offers[offer],
                members[member],
                "registered" if state == "moved-up" else state,
                moved_up=state == "moved-up",
            ),
            state,
            offer,
            member,
        )
        for state in life
    ]


def _interleave(
    keys: Sequence[Sequence[Record]], order: Sequence[int], repeats: Sequence[bool]
) -> list[Record]:
    """Each key's records in their order; some come again when newer ones were there already."""
    place, records = [0] * len(keys), []
    for key, again in zip(order, repeats, strict=True):
        records.append(keys[key][place[key]])
        records += [keys[key][0]] if again else []
        place[key] += 1
    return records


def _cut(records: Sequence[Record], cuts: Sequence[bool]) -> Iterator[Sequence[Record]]:
    batch: list[Record] = []
    for record, cut in zip(records, cuts, strict=True):
        batch.append(record)
        if cut:
            yield batch
            batch = []
    if batch:
        yield batch


class Heard:
    """What the service has heard so far, and what of it members have to hear."""

    def __init__(self) -> None:
        self._offers: dict[int, str] = {}
        self._steps: dict[str, list[Record]] = {}
        self._erased: set[int] = set()
        self._newest: dict[str, int] = {}

    def add(self, record: Record) -> None:
        key = f"{record.topic.name} {record.message.key}"
        if record.message.sequence <= self._newest.get(key, 0):
            return
        self._newest[key] = record.message.sequence
        if record.topic is OFFER:
            self._offers[record.offer] = record.says
        elif record.topic is REGISTRATION:
            self._steps.setdefault(record.message.key, []).append(record)
        elif record.topic is ERASURE:
            self._erased.add(record.member)

    def list_cancelled(self) -> set[int]:
        return {offer for offer, state in self._offers.items() if state == "cancelled"}

    def list_concerned(self) -> set[tuple[int, int]]:
        """Who holds or awaits a seat in an offer that is cancelled."""
        newest = [steps[-1] for steps in self._steps.values()]
        cancelled = self.list_cancelled()
        return {
            (r.offer, r.member)
            for r in newest
            if r.says != "withdrawn" and r.offer in cancelled and r.member not in self._erased
        }

    def count_steps(self) -> Counter[tuple[int, int, str]]:
        """What of each step is heard, but that of erased persons, and confirmations of what is cancelled."""
        cancelled = self.list_cancelled()
        return Counter(
            (r.offer, r.member, r.says)
            for steps in self._steps.values()
            for r in steps
            if r.member not in self._erased and (r.says == "withdrawn" or r.offer not in cancelled)
        )


async def read_log(service: Running, story: Story) -> Counter[tuple[int, int, str, str]]:
    """How many deliveries there are: (offer, member, kind, state)."""
    rows = await service.pool.fetch(
        "SELECT offer, member, kind, state FROM delivery WHERE member = ANY($1)", story.members
    )
    return Counter(
        (story.offers.index(r["offer"]), story.members.index(r["member"]), r["kind"], r["state"])
        for r in rows
    )


def require_told(log: Mapping[tuple[int, int, str, str], int], heard: Heard) -> None:
    """Who has to hear that it is cancelled does so once, and nobody else from now on; no promise is still to go."""
    gone_or_going = Counter[tuple[int, int, str]]()
    for (offer, member, kind, state), count in log.items():
        if state in ("waiting", "due", "sent"):
            gone_or_going[offer, member, kind] += count
        if state in ("waiting", "due"):
            assert kind not in CONFIRMATIONS or offer not in heard.list_cancelled()
            assert kind != "offer-cancelled" or (offer, member) in heard.list_concerned()
    for offer, member in heard.list_concerned():
        assert gone_or_going[offer, member, "offer-cancelled"] == 1
    assert all(n == 1 for (_, _, kind), n in gone_or_going.items() if kind == "offer-cancelled")
    cancelled = heard.list_cancelled()
    others = {
        key: n
        for key, n in gone_or_going.items()
        if key[2] == "withdrawn" or (key[2] in CONFIRMATIONS and key[0] not in cancelled)
    }
    assert others == dict(heard.count_steps())


@pytest.fixture
async def service(start: StartService) -> Any:
    async with start() as running:
        await receive_batch(running, [(ORGANISATION, build.organisation())])
        yield running


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(story=stories())
async def test_after_each_batch_all_who_are_concerned_hear_of_a_cancellation_once(
    service: Running, story: Story
) -> None:
    heard = Heard()
    for batch, sending in zip(story.batches, story.sending_after, strict=True):
        await receive_batch(service, [(record.topic, record.message) for record in batch])
        for record in batch:
            heard.add(record)
        require_told(await read_log(service, story), heard)
        if sending:
            await service.pool.execute("UPDATE delivery SET state = 'sent' WHERE state = 'due'")
