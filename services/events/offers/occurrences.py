"""The occurrences of an offer as moments in the zone of the place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.events.offers import rules
from services.events.offers.offers import StoredOffer
from shared.i18n.dates import lasts_days


@dataclass(frozen=True, slots=True)
class LocalOccurrence:
    """One occurrence as aware moments in the zone of the place."""

    starts: datetime
    ends: datetime

    @property
    def month(self) -> str:
        """YYYY-MM of its first day."""
        return f"{self.starts:%Y-%m}"

    @property
    def months(self) -> Sequence[str]:
        """Each YYYY-MM that it touches."""
        return rules.list_touched_months([(self.starts.isoformat(), self.ends.isoformat())])

    @property
    def lasts_days(self) -> bool:
        """Whether it goes on for days in a row."""
        return lasts_days(self.starts, self.ends)


def list_occurrences(offer: StoredOffer) -> list[LocalOccurrence]:
    """The occurrences in order."""
    zone = ZoneInfo(offer.timezone)
    found = [
        LocalOccurrence(o.starts.replace(tzinfo=zone), o.ends.replace(tzinfo=zone)) for o in offer.occurrences
    ]
    return sorted(found, key=lambda occurrence: occurrence.starts)


def choose_occurrence(offer: StoredOffer, months: tuple[str, ...] = ()) -> tuple[str, LocalOccurrence]:
    """The one to list the offer by, and under which month: the first of `place_in_months`."""
    return next(iter(place_in_months(offer, months).items()))


def place_in_months(offer: StoredOffer, months: tuple[str, ...] = ()) -> Mapping[str, LocalOccurrence]:
    """Under each month that the offer touches the occurrence that it shows by there.

    Only `months` count if there are any, else all from the present one on. Those ahead come first, in order; what is
    over shows only where nothing is ahead. An offer always has a month.
    """
    occurrences, placed = list_occurrences(offer), dict[str, LocalOccurrence]()
    ahead = [occurrence for occurrence in occurrences if occurrence.ends > offer.seen_at]
    over = [occurrence for occurrence in reversed(occurrences) if occurrence.ends <= offer.seen_at]
    present = f"{offer.seen_at.astimezone(ZoneInfo(offer.timezone)):%Y-%m}"
    for occurrence in (*ahead, *over):
        for month in occurrence.months:
            if month in months or (not months and month >= present):
                placed.setdefault(month, occurrence)
    return placed or {occurrences[-1].month: occurrences[-1]}
