"""How one offer shows in a list, on a board, in a table: its day, its hosts, its location, its seats."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.events.offers.occurrences import LocalOccurrence, choose_occurrence
from services.events.offers.offers import StoredOffer
from services.events.offers.rules import OFFER_PAST, LifecycleState
from services.events.texts import name_mode
from shared.contracts.events import Mode
from shared.contracts.vocabulary import term_name
from shared.i18n.texts import Texts

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
    """One offer as a page shows it. `occurrence` is the one that it is listed by, under `month` (YYYY-MM)."""

    offer: StoredOffer
    month: str
    occurrence: LocalOccurrence
    host: str
    co_hosts: str
    location: str
    country_name: str
    seats: SeatsLabel
    cancelled: bool

    @property
    def lasts_days(self) -> bool:
        """Whether it goes on for days in a row."""
        return self.occurrence.lasts_days

    @property
    def first_of_month(self) -> date:
        """The first day of the month that it is listed under."""
        return date.fromisoformat(f"{self.month}-01")

    @property
    def began_before(self) -> bool:
        """Whether it begins in a month before the one that it is listed under."""
        return self.occurrence.month < self.month


class RowBuilder:
    """Builds rows in one language."""

    def __init__(self, texts: Texts, names: Mapping[str, str]) -> None:
        self._texts = texts
        self._names = names

    def build_row(self, offer: StoredOffer, months: tuple[str, ...] = ()) -> OfferRow:
        """The row of an offer, listed by its next occurrence, in one of `months` if there are any."""
        return self.build_row_at(offer, *choose_occurrence(offer, months))

    def build_row_at(self, offer: StoredOffer, month: str, occurrence: LocalOccurrence) -> OfferRow:
        """The row of an offer listed by this occurrence under this month."""
        return OfferRow(
            offer=offer,
            month=month,
            occurrence=occurrence,
            host=self.name_host(offer.organisation),
            co_hosts=", ".join(self.name_host(co_host) for co_host in offer.co_hosts),
            location=self.name_location(offer),
            country_name=self._name_country(offer),
            seats=describe_seats(offer, self._texts),
            cancelled=offer.state is LifecycleState.CANCELLED,
        )

    def name_host(self, organisation: str) -> str:
        """The organisation's name; its slug until the name has arrived here."""
        return self._names.get(organisation, organisation)

    def name_location(self, offer: StoredOffer) -> str:
        """Tirana; Vienna and online; Online."""
        where = offer.city or self._name_country(offer)
        if offer.mode is Mode.ONLINE or not where:
            return name_mode(offer.mode, self._texts)
        if offer.mode is Mode.HYBRID:
            return self._texts.gettext("%(city)s and online", city=where)
        return where

    def _name_country(self, offer: StoredOffer) -> str:
        return term_name("country", offer.country, self._texts.language) if offer.country else ""


def describe_seats(offer: StoredOffer, texts: Texts) -> SeatsLabel:
    """What the row says of the seats."""
    if offer.state is LifecycleState.CANCELLED:
        short = texts.pgettext("an offer", "cancelled")
        return SeatsLabel(texts.gettext("Cancelled"), short, "bad", offer.cancel_reason or "")
    coming = _count_coming(offer, texts)
    closed = offer.closing_reason
    if closed == OFFER_PAST:
        return SeatsLabel(texts.gettext("Took place"), texts.gettext("took place"), small=coming)
    if closed is not None:
        short = texts.pgettext("registration", "closed")
        return SeatsLabel(texts.gettext("Registration closed"), short, small=coming)
    if offer.places is None:
        return SeatsLabel(
            texts.gettext("Open to all members"), texts.pgettext("an offer", "open"), small=coming
        )
    return _describe_numbered_seats(offer, offer.places, texts)


def _describe_numbered_seats(offer: StoredOffer, places: int, texts: Texts) -> SeatsLabel:
    left, taken = places - offer.public_registered, offer.public_registered * 100 // places
    if left > 0 and not offer.public_waiting:
        tone = "warn" if left <= max(1, places * FEW_PERCENT // 100) else ""
        text = texts.ngettext("%(num)s place left", "%(num)s places left", left)
        short = texts.ngettext("%(num)s left", "%(num)s left", left)
        # Translators: of all places, under how many are left
        return SeatsLabel(text, short, tone, texts.gettext("of %(num)s", num=places), taken)
    small = texts.ngettext("%(num)s place taken", "all %(num)s places taken", places)
    small = texts.ngettext("%(num)s place taken", "all %(num)s places taken", places)
    if not offer.waiting_list or not offer.can_move_up:
        full = texts.pgettext("an offer", "full")
        return SeatsLabel(texts.gettext("Full"), full, "warn", "" if left > 0 else small, taken)
    if offer.public_waiting:
        small = texts.ngettext(
            "%(num)s waiting for %(places)s",
            "%(num)s waiting for %(places)s",
            offer.public_waiting,
            places=count_awaited_places(places, texts),
        )
    return SeatsLabel(texts.gettext("Waiting list"), texts.gettext("waiting list"), "warn", small, taken)


def count_awaited_places(places: int, texts: Texts) -> str:
    """10 places, as in "3 are waiting for 10 places"."""
    return texts.npgettext("waiting for …", "%(num)s place", "%(num)s places", places)


def _count_coming(offer: StoredOffer, texts: Texts) -> str:
    return (
        texts.ngettext("%(num)s coming", "%(num)s coming", offer.public_registered)
        if offer.public_registered
        else ""
    )
