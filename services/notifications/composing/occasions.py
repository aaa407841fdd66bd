"""When and where an offer takes place, as people write it in their language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, get_timezone_name

from shared.contracts import vocabulary
from shared.contracts.events import Mode, Occurrence, Offer

MOST_LISTED = 5


@dataclass(frozen=True)
class DateStyle:
    """How one language writes days and times; patterns as in CLDR."""

    locale: str
    day: str
    day_year: str
    time: str
    span: str
    days: str
    beginning: str
    more: str
    online: str
    hybrid: str


DATE_STYLES: Mapping[str, DateStyle] = {
    "en": DateStyle(
        locale="en_GB",
        day="EEE d",
        day_year="EEE d MMMM y",
        time="HH:mm",
        span="{day}, {first}–{last} {zone}",
        days="{first} – {last}",
        beginning="{days}, from {first} {zone}",
        more="and {n} more",
        online="online",
        hybrid="{place}, and online",
    ),
    "de": DateStyle(
        locale="de",
        day="EEE d.",
        day_year="EEE d. MMMM y",
        time="HH.mm",
        span="{day}, {first} bis {last} Uhr ({zone})",
        days="{first} bis {last}",
        beginning="{days}, ab {first} Uhr ({zone})",
        more="und {n} weitere",
        online="online",
        hybrid="{place}, und online",
    ),
}


def format_dates(offer: Offer, language: str) -> str:
    """All occurrences in the offer's zone: *Fri 11 – Sat 12 December 2026, from 14:00 CET*; the first five."""
    manner, zone = DATE_STYLES[language], ZoneInfo(offer.timezone)
    listed = [_format_occurrence(occurrence, zone, manner) for occurrence in offer.occurrences[:MOST_LISTED]]
    more = len(offer.occurrences) - len(listed)
    return "; ".join([*listed, manner.more.format(n=more)] if more else listed)


def format_location(offer: Offer, language: str) -> str:
    """Venue, city and country, or that it is online."""
    manner = DATE_STYLES[language]
    country = vocabulary.country_name(offer.country, language) if offer.country else None
    place = ", ".join(part for part in (offer.venue, offer.city, country) if part)
    if offer.mode is Mode.ONLINE or not place:
        return manner.online
    return manner.hybrid.format(place=place) if offer.mode is Mode.HYBRID else place


def _format_occurrence(occurrence: Occurrence, zone: ZoneInfo, manner: DateStyle) -> str:
    starts, ends = occurrence.starts.replace(tzinfo=zone), occurrence.ends.replace(tzinfo=zone)
    times = {
        "first": _format_moment(starts, manner.time, manner),
        "last": _format_moment(ends, manner.time, manner),
        "zone": _name_zone(starts, manner),
    }
    whole = _format_moment(ends, manner.day_year, manner)
    if starts.date() == ends.date():
        return manner.span.format(day=whole, **times)
    return manner.beginning.format(days=_format_days(starts, ends, manner), **times)


def _format_days(starts: datetime, ends: datetime, manner: DateStyle) -> str:
    same_month = (starts.year, starts.month) == (ends.year, ends.month)
    first = _format_moment(starts, manner.day if same_month else manner.day_year, manner)
    return manner.days.format(first=first, last=_format_moment(ends, manner.day_year, manner))


def _format_moment(moment: datetime, pattern: str, manner: DateStyle) -> str:
    return format_datetime(moment.replace(tzinfo=None), pattern, locale=_load_locale(manner.locale))


def _name_zone(moment: datetime, manner: DateStyle) -> str:
    """CET, MEZ; where the language has no short name, the zone's own abbreviation or UTC+4."""
    short: str = get_timezone_name(moment, width="short", locale=_load_locale(manner.locale))
    for name in (short, moment.tzname() or ""):
        if name.isalpha() and len(name) <= 5:
            return name
    offset = moment.utcoffset()
    assert offset is not None
    hours, minutes = divmod(int(offset.total_seconds()) // 60, 60)
    return f"UTC{hours:+d}" + (f":{minutes:02d}" if minutes else "")


@lru_cache
def _load_locale(name: str) -> Locale:
    return Locale.parse(name)
