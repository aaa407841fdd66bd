"""The year of six organisations: about sixty offers, placed in the months that follow a given start."""

import json
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

Offer = dict[str, Any]


def plan_offers(start: date) -> list[Offer]:
    """The offers as an organisation would publish them, none before `start`, which is the first of a month.

    Times are local times of the offer's `timezone`, without offset: `2027-02-11T14:00`.
    """
    if start.day != 1:
        raise ValueError("the year of offers starts on the first of a month")
    return [_date_offer(entry, start) for entry in _load_entries()]


def _date_offer(entry: Offer, start: date) -> Offer:
    fields = {name: value for name, value in entry.items() if name not in ("when", "closes_days_before")}
    occurrences = [occurrence for when in entry["when"] for occurrence in _date_occurrences(when, start)]
    return {
        **fields,
        "venue": None,
        "occurrences": [
            {"starts": _format_local(begin), "ends": _format_local(end)} for begin, end in occurrences
        ],
        "registration_closes": _registration_close(entry["closes_days_before"], occurrences[0][0]),
    }


def _date_occurrences(when: dict[str, Any], start: date) -> list[tuple[datetime, datetime]]:
    first = _weekday_of_month(start, when["month"], when["week"], when["weekday"])
    days = [
        first + timedelta(weeks=when.get("every_weeks", 1) * number) for number in range(when.get("times", 1))
    ]
    last = timedelta(days=when.get("days", 1) - 1)
    begins, ends = time.fromisoformat(when["starts"]), time.fromisoformat(when["ends"])
    return [(datetime.combine(day, begins), datetime.combine(day + last, ends)) for day in days]


def _weekday_of_month(start: date, month: int, week: int, weekday: int) -> date:
    """The `week`-th `weekday` (Monday is 0) of the `month`-th month; the month of `start` is the first."""
    years, months = divmod(start.month - 1 + month - 1, 12)
    first = date(start.year + years, months + 1, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7, weeks=week - 1)


def _registration_close(days_before: int | None, begin: datetime) -> str | None:
    if days_before is None:
        return None
    return _format_local(datetime.combine(begin.date() - timedelta(days=days_before), time(23, 59)))


def _format_local(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")


@cache
def _load_entries() -> list[Offer]:
    entries: list[Offer] = json.loads(Path(__file__).with_name("offers.json").read_text(encoding="utf-8"))
    return entries
