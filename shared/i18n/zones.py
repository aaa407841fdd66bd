"""Names of time zones: what a clock at the place follows at a moment."""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name

from shared.i18n.languages import get_locale

NO_OFFSET = timedelta()
ABBREVIATING = ("en", "en_GB")  # the CLDR locales whose short names are the tz database's abbreviations


def name_zone(moment: datetime, language: str) -> str:
    """MEZ, EST or GMT+05:45: CLDR's short name, else the tz database's abbreviation, else the offset.

    CLDR's name is taken only where its English one is the abbreviation, so that both mean the same offset: by CLDR
    alone the summer in Dublin (IST) would be GMT.
    """
    zone, abbreviation = str(moment.tzinfo), moment.tzname() or ""
    return _name_zone(zone, abbreviation, moment.utcoffset() or NO_OFFSET, bool(moment.dst()), language)


@lru_cache(maxsize=4096)
def _name_zone(zone: str, abbreviation: str, offset: timedelta, is_daylight: bool, language: str) -> str:
    english = {_cldr_name(zone, is_daylight, locale) for locale in ABBREVIATING}
    name = _cldr_name(zone, is_daylight, str(get_locale(language)))
    if abbreviation in english and name.isalpha():
        return name
    if abbreviation.isalpha():
        return abbreviation
    return _format_offset(offset, language)


def _format_offset(offset: timedelta, language: str) -> str:
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    pattern: str = get_locale(language).zone_formats["gmt"]
    return pattern % f"{'-' if offset < NO_OFFSET else '+'}{hours:02}:{minutes:02}"


def _cldr_name(zone: str, is_daylight: bool, locale: str) -> str:
    """The short name; where CLDR has none, a long one or an offset."""
    moment = datetime(2000, 1, 1, tzinfo=ZoneInfo(zone))
    variant: Literal["daylight", "standard"] = "daylight" if is_daylight else "standard"
    return get_timezone_name(moment, "short", locale=locale, zone_variant=variant)
