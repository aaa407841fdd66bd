"""How one offer shows in a list, on a board, in a table: its day, its hosts, its location, its seats."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.events.offers.occurrences import LocalOccurrence, choose_occurrence
from services.events.offers.offers import StoredOffer
from services.events.offers.rules import OFFER_PAST, LifecycleState
from shared.contracts.events import Mode
from shared.i18n.dates import Dates
from shared.i18n.texts import Words

FEW_PERCENT = 10  # of all seats: from here on, or at the last one, the number warns


@dataclass(frozen=True, slots=True)
class SeatsLabel:
    """What chance there is of a seat. `tone` is "", "warn" or "bad"."""

    text: str
    short: str
    tone: str = ""
    small: str = ""
    taken_percent: int | None = None


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One offer as a page shows it. `occurrence` is the one that it is listed by."""

    offer: StoredOffer
    occurrence: LocalOccurrence
    host: str
    co_hosts: str
    location: str
    country_name: str
    seats: SeatsLabel
    cancelled: bool

    @property
    def lasts_days(self) -> bool:
        """Whether it lasts for days."""
        return self.occurrence.starts.date() != self.occurrence.ends.date()


class RowBuilder:
    """Builds rows in one language."""

    def __init__(self, words: Words, dates: Dates, names: Mapping[str, str]) -> None:
        self._words = words
        self._dates = dates
        self._names = names

    def build_row(self, offer: StoredOffer, months: tuple[str, ...] = ()) -> OfferRow:
        """The row of an offer, listed by its next occurrence, in one of `months` if there are any."""
        return self.build_row_at(offer, choose_occurrence(offer, months))

    def build_row_at(self, offer: StoredOffer, occurrence: LocalOccurrence) -> OfferRow:
        """The row of an offer listed by this occurrence."""
        return OfferRow(
            offer=offer,
            occurrence=occurrence,
            host=self.name_host(offer.organisation),
            co_hosts=", ".join(self.name_host(co_host) for co_host in offer.co_hosts),
            location=self.name_location(offer),
            country_name=self._words.term("country", offer.country) if offer.country else "",
            seats=describe_seats(offer, self._words),
            cancelled=offer.state is LifecycleState.CANCELLED,
        )

    def name_host(self, organisation: str) -> str:
        """The organisation's name; its slug until the name has arrived here."""
        return self._names.get(organisation, organisation)

    def name_location(self, offer: StoredOffer) -> str:
        """Tirana; Vienna and online; Online."""
        where = offer.city or (self._words.term("country", offer.country) if offer.country else "")
        if offer.mode is Mode.ONLINE or not where:
            return self._words.term("mode", offer.mode)
        return self._words("place.hybrid", city=where) if offer.mode is Mode.HYBRID else where


def describe_seats(offer: StoredOffer, words: Words) -> SeatsLabel:
    """What the row says of the seats."""
    if offer.state is LifecycleState.CANCELLED:
        return SeatsLabel(words("seats.cancelled"), words("slip.cancelled"), "bad", offer.cancel_reason or "")
    closed = offer.closing_reason
    if closed is not None:
        key = "past" if closed == OFFER_PAST else "closed"
        return SeatsLabel(words(f"seats.{key}"), words(f"slip.{key}"), small=_count_coming(offer, words))
    if offer.places is None:
        return SeatsLabel(words("seats.open"), words("slip.open"), small=_count_coming(offer, words))
    return _describe_numbered_seats(offer, offer.places, words)


def _describe_numbered_seats(offer: StoredOffer, places: int, words: Words) -> SeatsLabel:
    left, taken = places - offer.registered, offer.registered * 100 // places
    if left > 0 and not offer.waiting:
        tone = "warn" if left <= max(1, places * FEW_PERCENT // 100) else ""
        small = words("seats.of", n=places)
        return SeatsLabel(words("seats.left", n=left), words("slip.left", n=left), tone, small, taken)
    everyone = words("seats.all", n=places)
    if offer.waiting_list:
        small = words("seats.waiting", n=offer.waiting, places=places) if offer.waiting else everyone
        return SeatsLabel(words("seats.waiting-list"), words("slip.waiting-list"), "warn", small, taken)
    return SeatsLabel(words("seats.full"), words("slip.full"), "warn", everyone, taken)


def _count_coming(offer: StoredOffer, words: Words) -> str:
    return words("seats.coming", n=offer.registered) if offer.registered else ""
