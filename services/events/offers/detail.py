"""The page of one offer: its facts, the chance of a seat and what follows, and offers related to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.events.offers import offers
from services.events.offers.occurrences import LocalOccurrence, list_occurrences
from services.events.offers.offer_filter import OfferFilter
from services.events.offers.offers import StoredOffer
from services.events.offers.rows import OfferRow, RowBuilder, count_awaited_places
from services.events.offers.rules import OFFER_PAST, LifecycleState
from services.events.replicas import organisations
from services.events.texts import DOMAIN
from shared.contracts.events import Mode
from shared.i18n.dates import DateFormatter, get_date_formatter
from shared.i18n.texts import Texts, load_texts
from shared.postgres.pool import Tx

MOST_RELATED = 3
CANDIDATES = 500
WEIGHTS = {"country": 3, "theme": 2, "kind": 1, "host": 1}


@dataclass(frozen=True, slots=True)
class RelatedOffer:
    """Another offer, and what it shares with this one."""

    row: OfferRow
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class OfferPage:
    """Everything that the page says. `next_step` says what happens next, and by when."""

    row: OfferRow
    occurrences: Sequence[LocalOccurrence]
    co_hosts: Sequence[str]
    next_step: str
    related: Sequence[RelatedOffer]

    @property
    def offer(self) -> StoredOffer:
        """The offer itself."""
        return self.row.offer


async def read_offer_page(tx: Tx, slug: str, language: str) -> OfferPage:
    """One offer that is no draft. Raises `NotFound`."""
    texts = load_texts(language, DOMAIN)
    offer = await offers.read_by_slug(tx, slug)
    rows = RowBuilder(texts, await organisations.read_names(tx))
    ahead = OfferFilter(state=(LifecycleState.PUBLISHED,), ends_after=offer.seen_at)
    return OfferPage(
        row=rows.build_row(offer),
        occurrences=list_occurrences(offer),
        co_hosts=[rows.name_host(co_host) for co_host in offer.co_hosts],
        next_step=describe_next_step(offer, texts, get_date_formatter(language)),
        related=find_related(offer, await offers.list_offers(tx, ahead, CANDIDATES), rows),
    )


def describe_next_step(offer: StoredOffer, texts: Texts, dates: DateFormatter) -> str:
    """What a person should know or do now, with its time."""
    if offer.state is LifecycleState.CANCELLED:
        return texts.gettext("Nobody needs to do anything.")
    zone, last = ZoneInfo(offer.timezone), list_occurrences(offer)[-1]
    closed = offer.closing_reason
    if closed == OFFER_PAST:
        return texts.gettext("It took place on %(time)s.", time=dates.format_days(last.starts, last.ends))
    if closed is not None and offer.registration_closes is not None:
        closed_at = dates.format_deadline(offer.registration_closes.astimezone(zone))
        return texts.gettext("Registration ended on %(time)s.", time=closed_at)
    closes_at = dates.format_deadline((offer.registration_closes or offer.ends_at).astimezone(zone))
    closes = texts.gettext("Registration ends on %(time)s.", time=closes_at)
    return f"{_describe_availability(offer, texts)} {closes}"


def _describe_availability(offer: StoredOffer, texts: Texts) -> str:
    if offer.places is None:
        return texts.gettext("No number of places is set. You can come without waiting.")
    if offer.public_registered < offer.places and not offer.public_waiting:
        return texts.ngettext(
            "%(num)s of %(places)s is taken.",
            "%(num)s of %(places)s are taken.",
            offer.public_registered,
            places=texts.npgettext("of …", "%(num)s place", "%(num)s places", offer.places),
        )
    return _describe_waiting_list(offer, offer.places, texts)


def _describe_waiting_list(offer: StoredOffer, places: int, texts: Texts) -> str:
    if not offer.waiting_list:
        return texts.ngettext(
            "%(num)s place is taken, and there is no waiting list.",
            "All %(num)s places are taken, and there is no waiting list.",
            places,
        )
    if not offer.can_move_up:
        return texts.gettext("It has begun, and places that become free are not given any more.")
    if not offer.public_waiting:
        return texts.ngettext(
            "%(num)s place is taken, and nobody is waiting. Whoever joins the list now is first in line.",
            "All %(num)s places are taken, and nobody is waiting. Whoever joins the list now is first in line.",
            places,
        )
    return texts.ngettext(
        "%(num)s is waiting for %(places)s. A place that becomes free goes to the first in line at once.",
        "%(num)s are waiting for %(places)s. A place that becomes free goes to the first in line at once.",
        offer.public_waiting,
        places=count_awaited_places(places, texts),
    )


def find_related(
    offer: StoredOffer, candidates: Sequence[StoredOffer], rows: RowBuilder
) -> list[RelatedOffer]:
    """The offers ahead that share the most with this one."""
    found = [(other, _list_shared(offer, other)) for other in candidates if other.offer != offer.offer]
    found = [(other, reasons) for other, reasons in found if sum(WEIGHTS[r] for r in reasons) > 1]
    found.sort(key=lambda pair: (-sum(WEIGHTS[reason] for reason in pair[1]), pair[0].starts_at))
    return [RelatedOffer(rows.build_row(other), reasons) for other, reasons in found[:MOST_RELATED]]


def _list_shared(offer: StoredOffer, other: StoredOffer) -> list[str]:
    placed = offer.country is not None and Mode.ONLINE not in (offer.mode, other.mode)
    shares = {
        "country": placed and offer.country == other.country,
        "theme": not set(offer.themes).isdisjoint(other.themes),
        "kind": offer.kind == other.kind,
        "host": not set(offer.hosts).isdisjoint(other.hosts),
    }
    return [reason for reason, shared in shares.items() if shared]
