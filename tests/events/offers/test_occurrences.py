"""Occurrences as moments at the place."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from services.events.offers.occurrences import LocalOccurrence


@pytest.mark.parametrize(
    ("ends", "months", "lasts_days"),
    [
        ("2026-12-31T23:00", ["2026-12"], False),
        ("2027-01-01T00:00", ["2026-12"], False),
        ("2027-01-01T00:01", ["2026-12", "2027-01"], True),
    ],
)
def test_an_evening_that_ends_at_midnight_is_over_on_its_day(
    ends: str, months: list[str], lasts_days: bool
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    starts = datetime(2026, 12, 31, 18, tzinfo=zone)
    occurrence = LocalOccurrence(starts, datetime.fromisoformat(ends).replace(tzinfo=zone))

    assert occurrence.month == "2026-12"
    assert (occurrence.months, occurrence.lasts_days) == (months, lasts_days)
