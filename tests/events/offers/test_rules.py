"""Pure rules: what a local time means, which months are touched."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.events.offers import rules
from shared.contracts.refusals import Refused

ZONES = st.sampled_from(
    ["Europe/Berlin", "Asia/Almaty", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
)
MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, ZONES)
def test_every_time_that_a_clock_shows_means_the_first_moment_that_shows_it(
    moment: datetime, zone: str
) -> None:
    shown = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    meant = rules.resolve_local_time(shown.isoformat(), zone)

    assert meant.replace(tzinfo=None) == shown
    assert moment - meant.astimezone(UTC) in (timedelta(0), timedelta(minutes=30), timedelta(hours=1))


def test_an_hour_skipped_in_spring_does_not_exist() -> None:
    with pytest.raises(Refused, match="does not exist in Europe/Berlin"):
        rules.resolve_local_time("2027-03-28T02:30", "Europe/Berlin")


def test_an_hour_that_comes_twice_means_its_first_coming() -> None:
    moment = rules.resolve_local_time("2027-10-31T02:30", "Europe/Berlin")

    assert moment.astimezone(UTC) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_an_occurrence_over_the_change_of_clocks_lasts_as_long_as_it_really_does() -> None:
    starts, ends = rules.resolve_span("2027-03-28T00:00", "2027-03-28T06:00", "Europe/Berlin")

    assert (ends - starts).total_seconds() == 5 * 3600


def test_every_month_that_is_touched_counts() -> None:
    spans = [("2026-11-30T18:00", "2027-01-02T10:00"), ("2026-12-05T10:00", "2026-12-05T12:00")]

    assert rules.list_touched_months(spans) == ["2026-11", "2026-12", "2027-01"]


def test_a_month_that_begins_as_an_evening_ends_is_not_touched() -> None:
    assert rules.list_touched_months([("2026-12-31T18:00", "2027-01-01T00:00")]) == ["2026-12"]
