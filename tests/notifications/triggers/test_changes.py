"""An offer gets another date or place: whoever holds or awaits a seat hears of it once, and nobody else."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.notifications.triggers import changes, rules
from services.notifications.triggers.rules import OfferChange
from shared.contracts.catalogue import ERASURE, OFFER, REGISTRATION
from shared.contracts.events import Mode, Occurrence, Offer, OfferState
from shared.testing.services import Running
from tests.notifications import builders as build
from tests.notifications.cancelled import EVENT, KIM, cancel, introduce
from tests.notifications.conftest import StartService, list_entries, receive, run_worker

LATER = (Occurrence(starts=datetime(2046, 12, 18, 14), ends=datetime(2046, 12, 19, 16)),)  # noqa: DTZ001
OVER = (Occurrence(starts=datetime(2020, 12, 18, 14), ends=datetime(2020, 12, 19, 16)),)  # noqa: DTZ001


async def list_told(service: Running, state: str = "waiting") -> list[tuple[UUID, UUID]]:
    """Of which offer each member hears in that state that its date or place is another."""
    entries = [e for e in await list_entries(service) if (e["kind"], e["state"]) == ("offer-changed", state)]
    return [(UUID(each["offer"]), UUID(each["member"])) for each in entries if each["member"]]


async def test_whoever_holds_or_awaits_a_seat_hears_of_another_date_once_page_by_page(
    start: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "PAGE", 2)
    offers, people = [uuid4(), uuid4()], sorted(uuid4() for _ in range(6))
    states = ["registered", "waitlisted", "registered", "withdrawn", "registered", "registered"]
    seats = {(offer, person): uuid4() for offer in offers for person in people}
    async with start() as service:
        await receive(service, OFFER, [build.offer(offer) for offer in offers])
        for (offer, person), seat in seats.items():
            state = states[people.index(person)]
            await receive(service, REGISTRATION, [build.registration(seat, offer, person, state)])
        moved = [build.offer(offer, occurrences=LATER) for offer in offers]
        restored = replace(moved[1], restored=True)
        for _ in range(2):
            await receive(service, OFFER, [moved[0], restored])
            assert len(await list_told(service)) == 2
        upto = "SELECT told_upto FROM offer_change WHERE told_upto IS NOT NULL"
        assert await service.pool.fetchval(upto) == people[1]
        await receive(service, ERASURE, [build.erasure(people[1])])
        assert await service.pool.fetchval(upto) == people[0]
        while await run_worker(service, "offer changes"):
            pass

        concerned = [person for person in people if person not in (people[1], people[3])]
        assert Counter(await list_told(service)) == Counter((offers[0], each) for each in concerned)
        assert Counter(await list_told(service, "held")) == Counter((offers[1], each) for each in concerned)
        assert await service.pool.fetchval("SELECT count(*) FROM offer_change") == 0


async def test_what_counts_now_is_told_and_what_is_not_true_any_more_is_not(start: StartService) -> None:
    seat = uuid4()
    async with start(SITE="https://alumni.example") as service:
        await introduce(service)
        await receive(service, REGISTRATION, [build.registration(seat, EVENT, KIM)])
        await receive(service, OFFER, [build.offer(EVENT, title="Another title", registered=9)])
        assert await list_told(service, "due") == []

        await receive(service, OFFER, [build.offer(EVENT, occurrences=LATER)])
        await receive(service, OFFER, [build.offer(EVENT, occurrences=LATER, city="Durrës")])
        await run_worker(service, "compose")
        written = await service.pool.fetch(
            "SELECT subject, text FROM delivery WHERE kind = 'offer-changed' ORDER BY place"
        )
        await receive(service, REGISTRATION, [build.registration(seat, EVENT, KIM, "withdrawn")])
        assert await list_told(service, "due") == []

        await receive(service, REGISTRATION, [build.registration(uuid4(), EVENT, KIM)])
        await receive(service, OFFER, [build.offer(EVENT)])
        assert await list_told(service, "due") == [(EVENT, KIM)]
        await receive(service, OFFER, [cancel()])
        kinds = Counter(e["kind"] for e in await list_entries(service) if e["state"] == "due")

    title = "Regionaltreffen Westbalkan"
    assert [row["subject"] for row in written] == [f"New date: {title}", f"New place: {title}"]
    for row in written:
        assert "18 Dec" in row["text"]
        assert "Durrës" in row["text"]
        assert f"https://alumni.example/me/registrations/{seat}" in row["text"]
    assert (kinds["offer-changed"], kinds["offer-cancelled"]) == (0, 1)


BEFORE: dict[str, Any] = {"city": "Berlin", "timezone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": "Another", "summary": "More", "places": 3, "registered": 2}, None),
        ({"timezone": "Europe/Vienna"}, None),
        ({"timezone": "Asia/Tokyo"}, OfferChange(dates=True, place=False)),
        ({"occurrences": LATER}, OfferChange(dates=True, place=False)),
        ({"venue": "A house"}, OfferChange(dates=False, place=True)),
        ({"mode": Mode.ONLINE, "occurrences": LATER}, OfferChange(dates=True, place=True)),
        ({"state": OfferState.COMPLETED, "city": "Wien"}, None),
        ({"state": OfferState.CANCELLED, "city": "Wien"}, None),
    ],
)
def test_a_change_is_news_if_somebody_would_come_at_the_wrong_time_or_to_the_wrong_place(
    changes: dict[str, Any], told: OfferChange | None
) -> None:
    before, after = build_offer(), build_offer(**changes)

    assert rules.find_change(before, after, datetime.now(UTC)) == told
    assert rules.find_change(before, before, datetime.now(UTC)) is None


def test_a_date_that_is_over_is_no_news() -> None:
    both, one = build_offer(occurrences=OVER + LATER), build_offer(occurrences=LATER)

    assert rules.find_change(both, one, datetime.now(UTC)) is None


def build_offer(**changes: Any) -> Offer:
    """An offer as its message has it."""
    offer = build.offer(EVENT, **(BEFORE | changes)).data
    assert isinstance(offer, Offer)
    return offer
