"""How one offer shows in a list, on a board, in a table: its day, its hosts, its place, its chances."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.events.offers.occurrences import Sitting, shown
from services.events.offers.offers import Listing
from services.events.offers.rules import State, closed_because
from shared.contracts.events import Mode
from shared.i18n.dates import Dates
from shared.i18n.texts import Words

FEW = 10  # places of a hundred: from here on, or at the last one, the number warns


@dataclass(frozen=True, slots=True)
class Seats:
    """What chance there is of a place. `tone` is "", "warn" or "bad"; `taken` is of a hundred."""

    text: str
    short: str
    tone: str = ""
    small: str = ""
    taken: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One offer as a page shows it. `shown` is the sitting that it is listed by."""

    offer: Listing
    shown: Sitting
    host: str
    co_hosts: str
    place: str
    country_name: str
    seats: Seats
    off: bool

    @property
    def long(self) -> bool:
        """Whether it lasts for days."""
        return self.shown.starts.date() != self.shown.ends.date()


class Rows:
    """Makes rows in one language."""

    def __init__(self, words: Words, dates: Dates, names: Mapping[str, str]) -> None:
        self._words = words
        self._dates = dates
        self._names = names

    def row(self, offer: Listing, months: tuple[str, ...] = ()) -> Row:
        """The row of an offer, listed by its next sitting, in one of `months` if there are any."""
        return self.at(offer, shown(offer, months))

    def at(self, offer: Listing, sitting: Sitting) -> Row:
        """The row of an offer listed by this sitting."""
        return Row(
            offer=offer,
            shown=sitting,
            host=self.host(offer.organisation),
            co_hosts=", ".join(self.host(co_host) for co_host in offer.co_hosts),
            place=self.place(offer),
            country_name=self._words.term("country", offer.country) if offer.country else "",
            seats=seats(offer, self._words),
            off=offer.state is State.CANCELLED,
        )

    def host(self, organisation: str) -> str:
        """The organisation's name; its slug until the name has arrived here."""
        return self._names.get(organisation, organisation)

    def place(self, offer: Listing) -> str:
        """Tirana; Vienna and online; Online."""
        where = offer.city or (self._words.term("country", offer.country) if offer.country else "")
        if offer.mode is Mode.ONLINE or not where:
            return self._words.term("mode", offer.mode)
        return self._words("place.hybrid", city=where) if offer.mode is Mode.HYBRID else where


def seats(offer: Listing, words: Words) -> Seats:
    """What the last column says."""
    if offer.state is State.CANCELLED:
        return Seats(words("seats.cancelled"), words("slip.cancelled"), "bad", offer.cancel_reason or "")
    closed = closed_because(offer.standing, offer.seen_at)
    if closed is not None:
        past = closed[0] == "offer-past"
        key = "past" if past else "closed"
        return Seats(words(f"seats.{key}"), words(f"slip.{key}"), small=_coming(offer, words))
    if offer.places is None:
        return Seats(words("seats.open"), words("slip.open"), small=_coming(offer, words))
    return _numbered(offer, offer.places, words)


def _numbered(offer: Listing, places: int, words: Words) -> Seats:
    left, taken = places - offer.registered, offer.registered * 100 // places
    if left > 0 and not offer.waiting:
        tone = "warn" if left <= max(1, places * FEW // 100) else ""
        small = words("seats.of", n=places)
        return Seats(words("seats.left", n=left), words("slip.left", n=left), tone, small, taken)
    everyone = words("seats.all", n=places)
    if offer.waiting_list:
        small = words("seats.waiting", n=offer.waiting, places=places) if offer.waiting else everyone
        return Seats(words("seats.waiting-list"), words("slip.waiting-list"), "warn", small, taken)
    return Seats(words("seats.full"), words("slip.full"), "warn", everyone, taken)


def _coming(offer: Listing, words: Words) -> str:
    return words("seats.coming", n=offer.registered) if offer.registered else ""
