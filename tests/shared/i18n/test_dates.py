"""Days and times as people write them in English and German."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from shared.i18n.dates import get_date_formatter, last_day
from shared.i18n.languages import LANGUAGES


def in_berlin(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("starts", "ends", "english", "german"),
    [
        ("2026-12-11T14:00", "2026-12-11T16:00", "Fri, 11 Dec 2026", "Fr., 11. Dez. 2026"),
        (
            "2026-12-11T14:00",
            "2026-12-12T16:00",
            "Fri, 11 Dec – Sat, 12 Dec 2026",
            "Fr., 11. – Sa., 12. Dez. 2026",
        ),
        (
            "2027-04-29T09:00",
            "2027-05-01T17:00",
            "Thu, 29 Apr – Sat, 1 May 2027",
            "Do., 29. Apr. – Sa., 1. Mai 2027",
        ),
        (
            "2026-12-31T09:00",
            "2027-01-02T17:00",
            "Thu, 31 Dec 2026 – Sat, 2 Jan 2027",
            "Do., 31. Dez. 2026 – Sa., 2. Jan. 2027",
        ),
    ],
)
def test_what_days_share_is_written_once(starts: str, ends: str, english: str, german: str) -> None:
    assert get_date_formatter("en").format_days(in_berlin(starts), in_berlin(ends)) == english
    assert get_date_formatter("de").format_days(in_berlin(starts), in_berlin(ends)) == german


@pytest.mark.parametrize(
    ("starts", "ends", "numbers", "weekdays", "board_day"),
    [
        ("2027-04-29T09:00", "2027-04-29T17:00", "29", "Thu", "Thu 29"),
        ("2027-04-29T09:00", "2027-04-30T17:00", "29–30", "Thu – Fri", "29–30"),
        ("2027-04-29T09:00", "2027-05-01T17:00", "29–1", "Thu – Sat", "29 Apr – 1 May"),
    ],
)
def test_a_list_names_a_day_by_number_and_weekday(
    starts: str, ends: str, numbers: str, weekdays: str, board_day: str
) -> None:
    english, span = get_date_formatter("en"), (in_berlin(starts), in_berlin(ends))

    assert english.format_day_numbers(*span) == numbers
    assert english.format_weekdays(*span) == weekdays
    assert english.format_board_day(*span) == board_day


def test_a_month_is_written_in_full_and_in_short() -> None:
    english, german, first = get_date_formatter("en"), get_date_formatter("de"), date(2026, 12, 1)

    assert [english.format_month(first), german.format_month(first)] == ["December 2026", "Dezember 2026"]
    assert [english.format_short_month(first), german.format_short_month(first)] == ["Dec", "Dez"]
    assert english.format_short_month_and_year(first) == "Dec 2026"
    assert german.format_short_month_and_year(first) == "Dez. 2026"


def test_what_lasts_for_days_says_when_it_begins_and_if_asked_when_it_ends() -> None:
    span = in_berlin("2026-12-11T14:00"), in_berlin("2026-12-12T16:00")
    english, german = get_date_formatter("en"), get_date_formatter("de")

    assert english.format_times(*span) == "from 14:00 CET"
    assert german.format_times(*span) == "ab 14:00 Uhr MEZ"
    assert english.format_all_times(*span) == "14:00 to 16:00 CET on the last day"
    assert german.format_all_times(*span) == "14:00 bis 16:00 Uhr MEZ am letzten Tag"
    assert english.format_occurrence(*span) == "Fri, 11 Dec – Sat, 12 Dec 2026, from 14:00 CET"


def test_each_time_has_its_own_zone_where_the_clocks_change_between_them() -> None:
    night = in_berlin("2026-10-25T01:00"), in_berlin("2026-10-25T04:00")
    weekend = in_berlin("2026-10-23T14:00"), in_berlin("2026-10-25T16:00")
    english, german = get_date_formatter("en"), get_date_formatter("de")

    assert english.format_times(*night) == "01:00 CEST – 04:00 CET"
    assert german.format_times(*night) == "01:00 Uhr MESZ – 04:00 Uhr MEZ"
    assert english.format_all_times(*weekend) == "14:00 CEST to 16:00 CET on the last day"


def test_what_ends_at_midnight_ends_at_24_on_the_day_before() -> None:
    evening = in_berlin("2026-12-31T18:00"), in_berlin("2027-01-01T00:00")
    english, german = get_date_formatter("en"), get_date_formatter("de")

    assert last_day(*evening) == date(2026, 12, 31)
    assert english.format_occurrence(*evening) == "Thu, 31 Dec 2026, 18:00–24:00 CET"
    assert german.format_occurrence(*evening) == "Do., 31. Dez. 2026, 18:00–24:00 Uhr MEZ"
    assert (english.format_day_numbers(*evening), english.format_weekdays(*evening)) == ("31", "Thu")
    assert english.format_deadline(evening[1]) == "Thu, 31 Dec 2026, 24:00 CET"


def test_what_lasts_for_days_and_ends_at_midnight_ends_on_the_day_before() -> None:
    weekend = in_berlin("2026-12-30T00:00"), in_berlin("2027-01-01T00:00")
    english = get_date_formatter("en")

    assert english.format_days(*weekend) == "Wed, 30 Dec – Thu, 31 Dec 2026"
    assert english.format_all_times(*weekend) == "00:00 to 24:00 CET on the last day"


def test_a_deadline_is_written_with_its_day() -> None:
    moment = in_berlin("2026-12-04T18:00")

    assert get_date_formatter("en").format_deadline(moment) == "Fri, 4 Dec 2026, 18:00 CET"
    assert get_date_formatter("de").format_deadline(moment) == "Fr., 4. Dez. 2026, 18:00 Uhr MEZ"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_day_of_a_year_differs_from_each_other(language: str) -> None:
    days = [datetime.fromordinal(date(2028, 1, 1).toordinal() + n) for n in range(366)]
    formatter = get_date_formatter(language)

    assert len({formatter.format_days(day, day.replace(hour=12)) for day in days}) == 366
