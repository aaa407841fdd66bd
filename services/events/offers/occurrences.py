"""The occurrences of an offer as moments in the zone of the place."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.events.offers.offers import StoredOffer
from shared.i18n.dates import last_day, lasts_days


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
    def last_month(self) -> str:
        """YYYY-MM of its last day."""
        return f"{last_day(self.starts, self.ends):%Y-%m}"

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


def choose_occurrence(offer: StoredOffer, months: tuple[str, ...] = ()) -> LocalOccurrence:
    """The first one that isn't over (the last one if all are), in one of `months` where there is one."""
    upcoming = list_upcoming(offer)
    return next((each for each in upcoming if not months or _touches_month(each, months)), upcoming[0])


def list_upcoming(offer: StoredOffer) -> list[LocalOccurrence]:
    """Those that aren't over, in order; the last one if all are."""
    found = list_occurrences(offer)
    return [occurrence for occurrence in found if occurrence.ends > offer.seen_at] or found[-1:]


def _touches_month(occurrence: LocalOccurrence, months: tuple[str, ...]) -> bool:
    return any(occurrence.month <= month <= occurrence.last_month for month in months)
