"""Names of time zones: true for all zones of the tz database, in each language."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from shared.i18n.languages import LANGUAGES
from shared.i18n.zones import name_zone

YEAR = [datetime(2027, month, day, 12, tzinfo=UTC) for month in range(1, 13) for day in (1, 15)]
TRANSLATED: Mapping[str, Mapping[str, str]] = {
    "en": {},
    "de": {"MEZ": "CET", "MESZ": "CEST", "OEZ": "EET", "OESZ": "EEST", "WEZ": "WET", "WESZ": "WEST"},
}
HOURS = {
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "BST": 1,
    "WEST": 1,
    "CET": 1,
    "CEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_zones_name_says_the_offset_of_its_clocks(language: str) -> None:
    for zone in available_timezones():
        for instant in YEAR:
            moment = instant.astimezone(ZoneInfo(zone))
            assert _is_true(name_zone(moment, language), moment, language), (moment, zone)


def _is_true(name: str, moment: datetime, language: str) -> bool:
    """Whether it is the offset, or means the tz database's abbreviation of the moment."""
    if offset := re.fullmatch(r"GMT([+-])(\d\d):(\d\d)", name):
        written = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return moment.utcoffset() == (-written if offset[1] == "-" else written)
    abbreviation = TRANSLATED[language].get(name, name)
    hours = HOURS.get(abbreviation)
    return abbreviation == moment.tzname() and (hours is None or moment.utcoffset() == timedelta(hours=hours))


@pytest.mark.parametrize(
    ("zone", "month", "english", "german"),
    [
        ("Europe/Berlin", 1, "CET", "MEZ"),
        ("Europe/Berlin", 7, "CEST", "MESZ"),
        ("Europe/London", 7, "BST", "BST"),
        ("Europe/Dublin", 1, "GMT", "GMT"),
        ("Europe/Dublin", 7, "IST", "IST"),
        ("Africa/Accra", 1, "GMT", "GMT"),
        ("America/St_Johns", 1, "NST", "NST"),
        ("Asia/Almaty", 1, "GMT+05:00", "GMT+05:00"),
        ("Asia/Kathmandu", 1, "GMT+05:45", "GMT+05:45"),
        ("America/Sao_Paulo", 1, "GMT-03:00", "GMT-03:00"),
        ("Pacific/Marquesas", 1, "GMT-09:30", "GMT-09:30"),
    ],
)
def test_a_zone_has_the_name_that_people_know_else_its_offset(
    zone: str, month: int, english: str, german: str
) -> None:
    moment = datetime(2027, month, 5, 14, tzinfo=ZoneInfo(zone))

    assert name_zone(moment, "en") == english
    assert name_zone(moment, "de") == german
