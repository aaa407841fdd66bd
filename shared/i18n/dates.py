"""Dates and times as people write them, in the language of the page and the local time of the place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_name

from shared.i18n.texts import LOCALES


@dataclass(frozen=True, slots=True)
class Manner:
    """How one language puts days and times together; the patterns are CLDR's, the rest its words."""

    day: str
    day_month: str
    day_year: str
    spoken_day: str
    time: str
    until: str
    between: str
    zoned: str
    beginning: str
    closing: str


MANNERS: Mapping[str, Manner] = {
    "en": Manner(
        day="EEE d",
        day_month="EEE d MMMM",
        day_year="EEE d MMMM y",
        spoken_day="EEE d MMM y",
        time="HH:mm",
        until=" – ",
        between="–",
        zoned="{time} {zone}",
        beginning="from {time}",
        closing="{first} to {last} on the last day ({zone})",
    ),
    "de": Manner(
        day="EEE d.",
        day_month="EEE d. MMMM",
        day_year="EEE d. MMMM y",
        spoken_day="EEE d. MMM y",
        time="HH.mm",
        until=" bis ",
        between="–",
        zoned="{time} Uhr ({zone})",
        beginning="ab {time}",
        closing="{first} Uhr bis {last} Uhr am letzten Tag ({zone})",
    ),
}


class Dates:
    """The dates of one language. Every moment given is aware, in the zone of the place."""

    def __init__(self, language: str) -> None:
        self._locale = Locale.parse(LOCALES[language])
        self._manner = MANNERS[language]

    def month(self, day: date) -> str:
        """December 2026"""
        return _date(day, "LLLL y", self._locale)

    def short_month(self, day: date) -> str:
        """Dec"""
        return _date(day, "LLL", self._locale)

    def board_month(self, day: date) -> str:
        """Dec 2026"""
        return _date(day, "LLL y", self._locale)

    def numeral(self, starts: datetime, ends: datetime) -> str:
        """11, or 11–12 for days in a row."""
        if starts.date() == ends.date():
            return str(starts.day)
        return f"{starts.day}–{ends.day}"

    def weekday(self, starts: datetime, ends: datetime) -> str:
        """Fri, or Fri – Sat."""
        first = _date(starts.date(), "ccc", self._locale)
        if starts.date() == ends.date():
            return first
        return f"{first} – {_date(ends.date(), 'ccc', self._locale)}"

    def slip(self, starts: datetime, ends: datetime) -> str:
        """Fri 11, or 11–12."""
        if starts.date() == ends.date():
            return _date(starts.date(), self._manner.day, self._locale)
        return self.numeral(starts, ends)

    def days(self, starts: datetime, ends: datetime) -> str:
        """Fri 11 December 2026, or Fri 11 – Sat 12 December 2026."""
        first, last, manner = starts.date(), ends.date(), self._manner
        whole = _date(last, manner.day_year, self._locale)
        if first == last:
            return whole
        if first.year != last.year:
            pattern = manner.day_year
        else:
            pattern = manner.day if first.month == last.month else manner.day_month
        return _date(first, pattern, self._locale) + manner.until + whole

    def times(self, starts: datetime, ends: datetime) -> str:
        """14:00–16:00 CET; for days in a row only when it begins."""
        if starts.date() != ends.date():
            return self._manner.beginning.format(time=self._at(self._time(starts), starts))
        return self._at(self._time(starts) + self._manner.between + self._time(ends), starts)

    def course(self, starts: datetime, ends: datetime) -> str:
        """14:00–16:00 CET; for days in a row also when it ends on the last one."""
        if starts.date() == ends.date():
            return self.times(starts, ends)
        return self._manner.closing.format(
            first=self._time(starts), last=self._time(ends), zone=self._zone(starts)
        )

    def moment(self, moment: datetime) -> str:
        """Fri 4 Dec 2026, 18:00 CET."""
        day = _date(moment.date(), self._manner.spoken_day, self._locale)
        return f"{day}, {self._at(self._time(moment), moment)}"

    def _time(self, moment: datetime) -> str:
        return _time(moment.hour, moment.minute, self._manner.time, self._locale)

    def _at(self, time: str, moment: datetime) -> str:
        return self._manner.zoned.format(time=time, zone=self._zone(moment))

    def _zone(self, moment: datetime) -> str:
        return _zone(str(moment.tzinfo), moment, self._locale)


@cache
def dates(language: str) -> Dates:
    """The dates of one of the pages' languages."""
    return Dates(language)


@lru_cache(maxsize=4096)
def _date(day: date, pattern: str, locale: Locale) -> str:
    return format_date(day, pattern, locale=locale)


@lru_cache(maxsize=4096)
def _time(hour: int, minute: int, pattern: str, locale: Locale) -> str:
    return format_time(datetime(2000, 1, 1, hour, minute), pattern, locale=locale)  # noqa: DTZ001


@lru_cache(maxsize=4096)
def _zone(_name: str, moment: datetime, locale: Locale) -> str:
    """CET or MEZ where the language has a short name, else the zone's own abbreviation, else UTC+5.

    The name is part of the cache's key: equal moments of two zones are equal.
    """
    short = get_timezone_name(moment, width="short", locale=locale)
    for name in (short, moment.tzname() or ""):
        if name.isalpha() and len(name) <= 5:
            return name
    return _offset(moment)


def _offset(moment: datetime) -> str:
    written = f"{moment:%z}"
    sign, hours, minutes = written[0], int(written[1:3]), written[3:5]
    return f"UTC{sign}{hours}" + (f":{minutes}" if minutes != "00" else "")
