"""Days and times as people write them in their language (CLDR), in the local time of the place."""

from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from pathlib import Path

from babel.dates import format_interval, format_skeleton, format_time

from shared.i18n.languages import get_locale
from shared.i18n.texts import Domain, load_texts
from shared.i18n.zones import name_zone

DOMAIN = Domain(Path(__file__).parent)
MIDNIGHT = time()
ONE_DAY = timedelta(days=1)
THIN_SPACE = "\u2009"


def last_day(starts: datetime, ends: datetime) -> date:
    """The day on which something is over; what ends at midnight was over the day before."""
    day = ends.date()
    return day - ONE_DAY if ends.time() == MIDNIGHT and day > starts.date() else day


def lasts_days(starts: datetime, ends: datetime) -> bool:
    """Whether it goes on for days in a row."""
    return last_day(starts, ends) != starts.date()


class DateFormatter:
    """Writes days and times in one language.

    Moments are aware, in the zone of the place. What ends at midnight ends on the day before, at 24:00.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._texts = load_texts(language, DOMAIN)

    def format_month(self, day: date) -> str:
        """December 2026"""
        return _format_day(day, "yMMMM", self._language)

    def format_short_month(self, day: date) -> str:
        """Dec"""
        return _format_day(day, "MMM", self._language)

    def format_short_month_and_year(self, day: date) -> str:
        """Dec 2026"""
        return _format_day(day, "yMMM", self._language)

    def format_date(self, day: date) -> str:
        """11 Dec 2026"""
        return _format_day(day, "yMMMd", self._language)

    def format_days(self, starts: datetime, ends: datetime) -> str:
        """Fri, 11 Dec 2026, or Fri, 11 Dec – Sat, 12 Dec 2026 for days in a row."""
        return _format_days(starts.date(), last_day(starts, ends), "yMMMEd", self._language)

    def format_day_numbers(self, starts: datetime, ends: datetime) -> str:
        """11, or 11–12 for days in a row."""
        return _format_days(starts.date(), last_day(starts, ends), "d", self._language)

    def format_weekdays(self, starts: datetime, ends: datetime) -> str:
        """Fri, or Fri – Sat for days in a row."""
        first, last = (
            _format_day(day, "E", self._language) for day in (starts.date(), last_day(starts, ends))
        )
        return _format_range(first, last, self._language) if lasts_days(starts, ends) else first

    def format_board_day(self, starts: datetime, ends: datetime) -> str:
        """Fri 11, or 11–12 for days in a row; 30 Jan – 2 Feb if they are of several months."""
        first, last = starts.date(), last_day(starts, ends)
        if first == last:
            return _format_day(first, "Ed", self._language)
        skeleton = "d" if first.month == last.month else "MMMd"
        return _format_days(first, last, skeleton if first.year == last.year else "yMMMd", self._language)

    def format_times(self, starts: datetime, ends: datetime) -> str:
        """14:00–16:00 CET; for days in a row only when it begins: from 14:00 CET."""
        if not lasts_days(starts, ends):
            return self._format_span(starts, ends)
        # Translators: of what lasts for days; %(time)s is "14:00 CET"
        return self._texts.gettext("from %(time)s", time=self._format_clock(starts))

    def format_all_times(self, starts: datetime, ends: datetime) -> str:
        """14:00–16:00 CET; for days in a row also when it ends: 14:00 to 16:00 CET on the last day."""
        if not lasts_days(starts, ends):
            return self._format_span(starts, ends)
        same = name_zone(starts, self._language) == name_zone(ends, self._language)
        first = _format_time(starts.time(), False, self._language) if same else self._format_clock(starts)
        last = self._format_clock(ends, is_end=True)
        # Translators: of what lasts for days; %(first)s is "14:00" or "14:00 CEST", %(last)s "16:00 CET"
        return self._texts.gettext("%(first)s to %(last)s on the last day", first=first, last=last)

    def format_occurrence(self, starts: datetime, ends: datetime) -> str:
        """Fri, 11 Dec 2026, 14:00–16:00 CET."""
        days, times = self.format_days(starts, ends), self.format_times(starts, ends)
        return _join_day_and_time(days, times, self._language)

    def format_deadline(self, moment: datetime) -> str:
        """Fri, 4 Dec 2026, 18:00 CET."""
        day = _format_day(last_day(moment - ONE_DAY, moment), "yMMMEd", self._language)
        return _join_day_and_time(day, self._format_clock(moment, is_end=True), self._language)

    def _format_span(self, starts: datetime, ends: datetime) -> str:
        zone = name_zone(starts, self._language)
        if zone != name_zone(ends, self._language):
            first, last = self._format_clock(starts), self._format_clock(ends, is_end=True)
            return _format_range(first, last, self._language)
        times = _format_times(starts.time(), ends.time(), self._language)
        # Translators: %(times)s is "14:00–16:00", %(zone)s "CET"
        return self._texts.gettext("%(times)s %(zone)s", times=times, zone=zone)

    def _format_clock(self, moment: datetime, *, is_end: bool = False) -> str:
        written = _format_time(moment.time(), is_end, self._language)
        # Translators: %(time)s is "14:00", %(zone)s "CET"
        return self._texts.gettext("%(time)s %(zone)s", time=written, zone=name_zone(moment, self._language))


@cache
def get_date_formatter(language: str) -> DateFormatter:
    """The formatter of one of `LANGUAGES`."""
    return DateFormatter(language)


@lru_cache(maxsize=4096)
def _format_day(day: date, skeleton: str, language: str) -> str:
    return format_skeleton(skeleton, day, locale=get_locale(language))


@lru_cache(maxsize=4096)
def _format_days(first: date, last: date, skeleton: str, language: str) -> str:
    return _widen_spaces(format_interval(first, last, skeleton, locale=get_locale(language)))


@lru_cache(maxsize=4096)
def _format_times(first: time, last: time, language: str) -> str:
    locale = get_locale(language)
    begin, end = locale.interval_formats["Hm"]["H"]
    written = format_time(first, begin, locale=locale)
    written += format_time(last, _count_to_24(end, last), locale=locale)
    return _widen_spaces(written)


@lru_cache(maxsize=4096)
def _format_time(moment: time, is_end: bool, language: str) -> str:
    locale = get_locale(language)
    pattern = locale.datetime_skeletons["Hm"].pattern
    return format_time(moment, _count_to_24(pattern, moment) if is_end else pattern, locale=locale)


def _count_to_24(pattern: str, end: time) -> str:
    """The pattern of an end, with CLDR's hours of 1 to 24 if that is midnight."""
    return pattern.replace("H", "k") if end == MIDNIGHT else pattern


@lru_cache(maxsize=4096)
def _format_range(first: str, last: str, language: str) -> str:
    pattern: str = get_locale(language).interval_formats[None]
    return _widen_spaces(pattern.format(first, last))


def _widen_spaces(text: str) -> str:
    """CLDR sets thin spaces around dashes, in British English on one side only."""
    return text.replace(THIN_SPACE, " ")


@lru_cache(maxsize=4096)
def _join_day_and_time(day: str, written: str, language: str) -> str:
    pattern: str = get_locale(language).datetime_formats["medium"]
    return pattern.format(written, day)
