"""The occurrences of an offer as moments in the zone of the place."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.events.offers.offers import Listing


@dataclass(frozen=True, slots=True)
class Sitting:
    """One occurrence as aware moments in the zone of the place."""

    starts: datetime
    ends: datetime

    @property
    def month(self) -> str:
        """YYYY-MM of its first day."""
        return f"{self.starts:%Y-%m}"


def sittings(offer: Listing) -> list[Sitting]:
    """The occurrences in order."""
    zone = ZoneInfo(offer.timezone)
    found = [Sitting(o.starts.replace(tzinfo=zone), o.ends.replace(tzinfo=zone)) for o in offer.occurrences]
    return sorted(found, key=lambda sitting: sitting.starts)


def shown(offer: Listing, months: tuple[str, ...] = ()) -> Sitting:
    """The first sitting that isn't over (the last one if all are), in one of `months` where there is one."""
    found = sittings(offer)
    ahead = [sitting for sitting in found if sitting.ends > offer.seen_at] or found[-1:]
    return next((sitting for sitting in ahead if not months or _touches(sitting, months)), ahead[0])


def _touches(sitting: Sitting, months: tuple[str, ...]) -> bool:
    first, last = f"{sitting.starts:%Y-%m}", f"{sitting.ends:%Y-%m}"
    return any(first <= month <= last for month in months)
