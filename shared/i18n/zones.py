"""Names of time zones: what a clock at the place follows at a moment."""

from datetime import datetime
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_name

from shared.i18n.languages import get_locale

ABBREVIATING = ("en", "en_GB")  # the CLDR locales whose short names are the tz database's abbreviations


def name_zone(moment: datetime, language: str) -> str:
    """MEZ, EST or GMT+05:45: CLDR's short name, else the tz database's abbreviation, else the offset.

    CLDR's name is taken only where its English one is the abbreviation, so that both mean the same offset: by CLDR
    alone the summer in Dublin (IST) would be GMT.
    """
    abbreviation, offset, is_daylight = moment.tzname() or "", f"{moment:%z}", bool(moment.dst())
    return _name_zone(str(moment.tzinfo), abbreviation, offset, is_daylight, language)


@lru_cache(maxsize=4096)
def _name_zone(zone: str, abbreviation: str, offset: str, is_daylight: bool, language: str) -> str:
    english = {_cldr_name(zone, is_daylight, locale) for locale in ABBREVIATING}
    name = _cldr_name(zone, is_daylight, str(get_locale(language)))
    if abbreviation in english and name.isalpha():
        return name
    if abbreviation.isalpha():
        return abbreviation
    pattern: str = get_locale(language).zone_formats["gmt"]
    return pattern % f"{offset[:3]}:{offset[3:5]}"


def _cldr_name(zone: str, is_daylight: bool, locale: str) -> str:
    """The short name; where CLDR has none, a long one or an offset."""
    moment = datetime(2000, 1, 1, tzinfo=ZoneInfo(zone))
    variant: Literal["daylight", "standard"] = "daylight" if is_daylight else "standard"
    return get_timezone_name(moment, "short", locale=locale, zone_variant=variant)
