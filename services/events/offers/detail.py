"""The page of one offer: its facts, the chance of a seat and what follows, and offers related to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.events.offers import offers
from services.events.offers.occurrences import LocalOccurrence, list_occurrences
from services.events.offers.offer_filter import OfferFilter
from services.events.offers.offers import StoredOffer
from services.events.offers.rows import OfferRow, RowBuilder
from services.events.offers.rules import OFFER_PAST, LifecycleState
from services.events.replicas import organisations
from shared.contracts.events import Mode
from shared.i18n.dates import Dates, dates
from shared.i18n.texts import Words, words
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

    words: Words
    dates: Dates
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
    say, days = words(language), dates(language)
    offer = await offers.read_by_slug(tx, slug)
    rows = RowBuilder(say, days, await organisations.read_names(tx))
    ahead = OfferFilter(state=(LifecycleState.PUBLISHED,), ends_after=offer.seen_at)
    return OfferPage(
        words=say,
        dates=days,
        row=rows.build_row(offer),
        occurrences=list_occurrences(offer),
        co_hosts=[rows.name_host(co_host) for co_host in offer.co_hosts],
        next_step=describe_next_step(offer, say, days),
        related=find_related(offer, await offers.list_offers(tx, ahead, CANDIDATES), rows),
    )


def describe_next_step(offer: StoredOffer, words: Words, dates: Dates) -> str:
    """What a person should know or do now, with its time."""
    if offer.state is LifecycleState.CANCELLED:
        return words("offer.card.cancelled")
    zone, last = ZoneInfo(offer.timezone), list_occurrences(offer)[-1]
    closed = offer.closing_reason
    if closed == OFFER_PAST:
        return words("offer.card.past", time=dates.days(last.starts, last.ends))
    if closed is not None and offer.registration_closes is not None:
        return words("offer.card.closed", time=dates.moment(offer.registration_closes.astimezone(zone)))
    until = offer.registration_closes or offer.ends_at
    closes = words("offer.card.until", time=dates.moment(until.astimezone(zone)))
    return f"{_describe_availability(offer, words)} {closes}"


def _describe_availability(offer: StoredOffer, words: Words) -> str:
    if offer.places is None:
        return words("offer.card.open")
    if offer.registered < offer.places and not offer.waiting:
        return words("offer.card.taken", n=offer.registered, places=offer.places)
    if not offer.waiting_list:
        return words("offer.card.full", places=offer.places)
    if offer.waiting:
        return words("offer.card.line", n=offer.waiting, places=offer.places)
    return words("offer.card.line.empty", places=offer.places)


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
