"""Pure decisions about offers: whether registration is open, what a local time means, which months are touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.contracts.refusals import Refused

OFFER_PAST = ("offer-past", "This offer is over.")
LONGEST_OCCURRENCE = timedelta(days=366)


class LifecycleState(StrEnum):
    """Where an offer stands in its life. Drafts are private: the published contract does not know them."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


VISIBLE_STATES = (LifecycleState.PUBLISHED, LifecycleState.CANCELLED)  # in lists for people, until it is over


@dataclass(frozen=True, slots=True)
class Availability:
    """What decides about a seat. `last_begins_at` is when the last occurrence begins; `places` None: open to all."""

    state: LifecycleState
    last_begins_at: datetime
    ends_at: datetime
    registration_closes: datetime | None
    places: int | None
    waiting_list: bool
    registered: int
    waiting: int


def can_move_up(offer: Availability, now: datetime) -> bool:
    """Whether a seat that becomes free now would go to who waits: not of a cancelled offer, nor once its last
    occurrence has begun. Nobody sets out for what is under way; of a series what is to come is worth a seat."""
    return offer.state is LifecycleState.PUBLISHED and now < offer.last_begins_at


def find_closing_reason(offer: Availability, now: datetime) -> tuple[str, str] | None:
    """Why nobody can register now, as a code and a sentence; None if registration is open."""
    if offer.state is LifecycleState.DRAFT:
        return "offer-draft", "This offer is not published yet."
    if offer.state is LifecycleState.CANCELLED:
        return "offer-cancelled", "This offer was cancelled."
    if offer.state is LifecycleState.COMPLETED or offer.ends_at <= now:
        return OFFER_PAST
    if offer.registration_closes is not None and offer.registration_closes <= now:
        return "registration-closed", "Registration for this offer has closed."
    return None


def resolve_local_time(text: str, timezone: str) -> datetime:
    """The moment that a local time means in its zone, aware. One that comes twice means its first coming.

    Raises `Refused` for a time that never shows on the zone's clocks: 30 February, or skipped in spring.
    """
    zone = ZoneInfo(timezone)
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        moment = None
    if moment is None or moment.astimezone(UTC).astimezone(zone).replace(tzinfo=zone) != moment:
        raise Refused("local-time-nonexistent", f"The local time {text} does not exist in {timezone}.")
    return moment


def resolve_span(starts: str, ends: str, timezone: str) -> tuple[datetime, datetime]:
    """Start and end of one occurrence, in UTC. Raises `Refused` if a time doesn't exist, or the end isn't later."""
    first, last = (resolve_local_time(text, timezone).astimezone(UTC) for text in (starts, ends))
    if last <= first:
        raise Refused("occurrence-ends-too-early", f"The occurrence of {starts} must end after it starts.")
    if last - first > LONGEST_OCCURRENCE:
        raise Refused("occurrence-too-long", f"The occurrence of {starts} lasts longer than a year.")
    return first, last


def list_touched_months(spans: Sequence[tuple[str, str]]) -> list[str]:
    """The months (YYYY-MM, local) that the occurrences touch, in order."""
    touched: set[str] = set()
    for starts, ends in spans:
        year, month = int(starts[:4]), int(starts[5:7])
        last = f"{datetime.fromisoformat(ends) - timedelta(microseconds=1):%Y-%m}"  # midnight ends the day before
        while f"{year:04d}-{month:02d}" <= last:
            touched.add(f"{year:04d}-{month:02d}")
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return sorted(touched)
