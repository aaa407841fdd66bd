"""Dates as people write them in English and German."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from shared.i18n.dates import dates


def at(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[arg-type, misc]


BEGIN = at("Europe/Tirane", 2026, 12, 11, 14)


@pytest.mark.parametrize(
    ("end", "english", "german"),
    [
        ((2026, 12, 11, 16), "Fri 11 December 2026", "Fr. 11. Dezember 2026"),
        ((2026, 12, 12, 16), "Fri 11 – Sat 12 December 2026", "Fr. 11. bis Sa. 12. Dezember 2026"),
        (
            (2027, 1, 2, 16),
            "Fri 11 December 2026 – Sat 2 January 2027",
            "Fr. 11. Dezember 2026 bis Sa. 2. Januar 2027",
        ),
    ],
)
def test_days_are_named_once_where_they_are_shared(end: tuple[int, ...], english: str, german: str) -> None:
    ends = at("Europe/Tirane", *end)

    assert dates("en").days(BEGIN, ends) == english
    assert dates("de").days(BEGIN, ends) == german


def test_days_of_two_months_name_both() -> None:
    begins, ends = at("Europe/Berlin", 2027, 4, 29, 9), at("Europe/Berlin", 2027, 5, 1, 17)

    assert dates("en").days(begins, ends) == "Thu 29 April – Sat 1 May 2027"
    assert dates("en").numeral(begins, ends) == "29–1"


@pytest.mark.parametrize(
    ("zone", "month", "english", "german"),
    [
        ("Europe/Berlin", 1, "14:00–15:30 CET", "14.00–15.30 Uhr (MEZ)"),
        ("Europe/Berlin", 7, "14:00–15:30 CEST", "14.00–15.30 Uhr (MESZ)"),
        ("Europe/London", 7, "14:00–15:30 BST", "14.00–15.30 Uhr (BST)"),
        ("Asia/Almaty", 1, "14:00–15:30 UTC+5", "14.00–15.30 Uhr (UTC+5)"),
        ("Asia/Kathmandu", 1, "14:00–15:30 UTC+5:45", "14.00–15.30 Uhr (UTC+5:45)"),
        ("America/St_Johns", 1, "14:00–15:30 NST", "14.00–15.30 Uhr (NST)"),
        ("America/Sao_Paulo", 1, "14:00–15:30 UTC-3", "14.00–15.30 Uhr (UTC-3)"),
    ],
)
def test_a_time_names_its_zone_as_the_language_does(zone: str, month: int, english: str, german: str) -> None:
    starts, ends = at(zone, 2027, month, 5, 14), at(zone, 2027, month, 5, 15, 30)

    assert dates("en").times(starts, ends) == english
    assert dates("de").times(starts, ends) == german


def test_equal_moments_of_two_zones_keep_their_own_names() -> None:
    berlin, accra = at("Europe/Berlin", 2027, 1, 5, 14), at("Africa/Accra", 2027, 1, 5, 13)

    assert dates("en").times(berlin, berlin).endswith("CET")
    assert dates("en").times(accra, accra).endswith("GMT")
