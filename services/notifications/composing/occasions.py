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
class Manner:
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


MANNERS: Mapping[str, Manner] = {
    "en": Manner(
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
    "de": Manner(
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


def when(offer: Offer, language: str) -> str:
    """All occurrences in the offer's zone: *Fri 11 – Sat 12 December 2026, from 14:00 CET*; the first five."""
    manner, zone = MANNERS[language], ZoneInfo(offer.timezone)
    listed = [_one(occurrence, zone, manner) for occurrence in offer.occurrences[:MOST_LISTED]]
    more = len(offer.occurrences) - len(listed)
    return "; ".join([*listed, manner.more.format(n=more)] if more else listed)


def where(offer: Offer, language: str) -> str:
    """Venue, city and country, or that it is online."""
    manner = MANNERS[language]
    country = vocabulary.country_name(offer.country, language) if offer.country else None
    place = ", ".join(part for part in (offer.venue, offer.city, country) if part)
    if offer.mode is Mode.ONLINE or not place:
        return manner.online
    return manner.hybrid.format(place=place) if offer.mode is Mode.HYBRID else place


def _one(occurrence: Occurrence, zone: ZoneInfo, manner: Manner) -> str:
    starts, ends = occurrence.starts.replace(tzinfo=zone), occurrence.ends.replace(tzinfo=zone)
    times = {
        "first": _text(starts, manner.time, manner),
        "last": _text(ends, manner.time, manner),
        "zone": _zone(starts, manner),
    }
    whole = _text(ends, manner.day_year, manner)
    if starts.date() == ends.date():
        return manner.span.format(day=whole, **times)
    return manner.beginning.format(days=_days(starts, ends, manner), **times)


def _days(starts: datetime, ends: datetime, manner: Manner) -> str:
    same_month = (starts.year, starts.month) == (ends.year, ends.month)
    first = _text(starts, manner.day if same_month else manner.day_year, manner)
    return manner.days.format(first=first, last=_text(ends, manner.day_year, manner))


def _text(moment: datetime, pattern: str, manner: Manner) -> str:
    return format_datetime(moment.replace(tzinfo=None), pattern, locale=_locale(manner.locale))


def _zone(moment: datetime, manner: Manner) -> str:
    """CET, MEZ; where the language has no short name, the zone's own abbreviation or UTC+4."""
    short: str = get_timezone_name(moment, width="short", locale=_locale(manner.locale))
    for name in (short, moment.tzname() or ""):
        if name.isalpha() and len(name) <= 5:
            return name
    offset = moment.utcoffset()
    assert offset is not None
    hours, minutes = divmod(int(offset.total_seconds()) // 60, 60)
    return f"UTC{hours:+d}" + (f":{minutes:02d}" if minutes else "")


@lru_cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)
