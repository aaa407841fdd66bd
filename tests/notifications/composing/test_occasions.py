"""When and where an offer takes place, as people write it in their language."""

from datetime import datetime
from uuid import UUID

import pytest

from services.notifications.composing import occasions
from shared.contracts.events import Mode, Occurrence
from tests.notifications import builders as build


@pytest.mark.parametrize(
    ("zone", "starts", "ends", "language", "written"),
    [
        (
            "Europe/Tirane",
            "2026-12-11T14:00",
            "2026-12-12T16:00",
            "de",
            "Fr., 11. – Sa., 12. Dez. 2026, ab 14:00 Uhr MEZ",
        ),
        (
            "Europe/Tirane",
            "2026-12-11T14:00",
            "2026-12-12T16:00",
            "en",
            "Fri, 11 Dec – Sat, 12 Dec 2026, from 14:00 CET",
        ),
        (
            "Europe/Berlin",
            "2026-07-01T18:00",
            "2026-07-01T19:30",
            "en",
            "Wed, 1 Jul 2026, 18:00–19:30 CEST",
        ),
        (
            "Asia/Tbilisi",
            "2026-07-01T18:00",
            "2026-07-01T19:30",
            "de",
            "Mi., 1. Juli 2026, 18:00–19:30 Uhr GMT+04:00",
        ),
        (
            "Asia/Kolkata",
            "2026-12-31T22:00",
            "2027-01-01T02:00",
            "en",
            "Thu, 31 Dec 2026 – Fri, 1 Jan 2027, from 22:00 IST",
        ),
    ],
)
def test_times_are_the_places_own(zone: str, starts: str, ends: str, language: str, written: str) -> None:
    once = Occurrence(starts=datetime.fromisoformat(starts), ends=datetime.fromisoformat(ends))
    offer = build.offer(UUID(int=1), timezone=zone, occurrences=(once,)).data
    assert offer is not None

    assert occasions.format_dates(offer, language) == written


def test_of_many_dates_the_first_five_are_listed_and_the_others_counted() -> None:
    days = [datetime.fromisoformat(f"2026-03-0{day}T18:00") for day in range(1, 8)]
    evenings = tuple(Occurrence(starts=day, ends=day.replace(hour=20)) for day in days)
    offer = build.offer(UUID(int=1), timezone="Europe/Berlin", occurrences=evenings).data
    assert offer is not None

    assert occasions.format_dates(offer, "en").endswith("; Thu, 5 Mar 2026, 18:00–20:00 CET; and 2 more")
    assert occasions.format_dates(offer, "de").endswith(
        "; Do., 5. März 2026, 18:00–20:00 Uhr MEZ; und 2 weitere"
    )


def test_a_place_is_named_and_a_hybrid_offer_is_online_too() -> None:
    hybrid = build.offer(UUID(int=1), mode=Mode.HYBRID, venue="Goethe-Zentrum").data
    online = build.offer(UUID(int=1), mode=Mode.ONLINE, city=None, country=None).data
    assert hybrid is not None
    assert online is not None

    assert occasions.format_location(hybrid, "de") == "Goethe-Zentrum, Tirana, Albanien, und online"
    assert occasions.format_location(online, "en") == "online"
