"""Ids of messages on anonymous topics: of their day, and of nothing more."""

from datetime import UTC, date, datetime, timedelta
from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from shared.messaging.message_ids import anonymous_id, first_uuid

DAYS = st.dates(date(1971, 1, 1), date(2999, 12, 31))


@given(DAYS)
def test_an_anonymous_id_belongs_into_the_inbox_of_its_day(day: date) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    made = anonymous_id(day)

    assert first_uuid(start) <= made < first_uuid(start + timedelta(days=1))
    assert (made.version, made.variant) == (7, RFC_4122)


@given(DAYS)
def test_anonymous_ids_of_a_day_differ_in_what_is_random_only(day: date) -> None:
    ids = [anonymous_id(day) for _ in range(50)]

    assert len(set(ids)) == len(ids)
    assert len({each.int >> 76 for each in ids}) == 1
    assert ids != sorted(ids)
