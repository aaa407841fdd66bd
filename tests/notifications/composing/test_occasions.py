"""When and where an offer takes place, as people write it in their language."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.composing import occasions
from shared.contracts.events import Mode, Occurrence, Offer
from tests.notifications import builders as build

LONG_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)


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

    assert occasions.format_dates(offer, language, LONG_BEFORE) == written


def evenings(days: Sequence[str], zone: str = "Europe/Berlin") -> Offer:
    """A series from 18 to 20 o'clock on these days."""
    occurrences = tuple(
        Occurrence(starts=datetime.fromisoformat(f"{day}T18:00"), ends=datetime.fromisoformat(f"{day}T20:00"))
        for day in days
    )
    offer = build.offer(UUID(int=1), timezone=zone, occurrences=occurrences).data
    assert offer is not None
    return offer


def test_of_many_dates_the_next_five_are_listed_and_the_others_counted() -> None:
    offer = evenings([f"2026-03-0{day}" for day in range(1, 9)])
    under_way = datetime.fromisoformat("2026-03-02T18:59+00:00")
    english, german = (occasions.format_dates(offer, language, under_way) for language in ("en", "de"))

    assert english.startswith("Mon, 2 Mar 2026, 18:00–20:00 CET; Tue, 3 Mar 2026")
    assert english.endswith("; Fri, 6 Mar 2026, 18:00–20:00 CET; and 2 more")
    assert german.endswith("; Fr., 6. März 2026, 18:00–20:00 Uhr MEZ; und 2 weitere")


@given(days=st.sets(st.integers(0, 12), min_size=1), hours=st.integers(-24, 14 * 24))
def test_what_is_over_is_named_only_when_all_is(days: set[int], hours: int) -> None:
    first = datetime.fromisoformat("2026-03-22T18:00").replace(tzinfo=ZoneInfo("Europe/Berlin"))
    now = first.astimezone(UTC) + timedelta(hours=hours)
    moments = [first + timedelta(days=day) for day in sorted(days)]
    to_come = [day for day in moments if day + timedelta(hours=2) > now]
    named = occasions.format_dates(evenings([f"{day:%Y-%m-%d}" for day in moments]), "en", now).split("; ")
    more = [f"and {len(to_come) - 5} more"] if len(to_come) > 5 else []

    expected = [f"{day:%a}, {day.day} {day:%b %Y}, 18:00–20:00" for day in to_come[:5] or moments[-5:]]
    assert [date.rpartition(" ")[0] for date in named[: len(expected)]] == expected
    assert named[len(expected) :] == more


def test_what_ends_at_midnight_ends_on_its_day() -> None:
    party = Occurrence(
        starts=datetime.fromisoformat("2027-01-31T18:00"), ends=datetime.fromisoformat("2027-02-01T00:00")
    )
    offer = build.offer(UUID(int=1), timezone="Europe/Berlin", occurrences=(party,)).data
    assert offer is not None

    written = [occasions.format_dates(offer, language, LONG_BEFORE) for language in ("en", "de")]
    assert written == ["Sun, 31 Jan 2027, 18:00–24:00 CET", "So., 31. Jan. 2027, 18:00–24:00 Uhr MEZ"]


def test_a_place_is_named_and_a_hybrid_offer_is_online_too() -> None:
    hybrid = build.offer(UUID(int=1), mode=Mode.HYBRID, venue="Goethe-Zentrum").data
    online = build.offer(UUID(int=1), mode=Mode.ONLINE, city=None, country=None).data
    assert hybrid is not None
    assert online is not None

    assert occasions.format_location(hybrid, "de") == "Goethe-Zentrum, Tirana, Albanien, und online"
    assert occasions.format_location(online, "en") == "online"
