"""The page of one offer: its facts, the chance of a place and what follows, and what is near to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.events.offers import offers
from services.events.offers.occurrences import Sitting, sittings
from services.events.offers.offer_filter import Filter
from services.events.offers.offers import Listing
from services.events.offers.rows import Row, Rows
from services.events.offers.rules import State, closed_because
from services.events.replicas import organisations
from shared.contracts.events import Mode
from shared.i18n.dates import Dates, dates
from shared.i18n.texts import Words, words
from shared.postgres.pool import Tx

NEAR = 3
CANDIDATES = 500
WEIGHTS = {"country": 3, "theme": 2, "kind": 1, "host": 1}


@dataclass(frozen=True, slots=True)
class Near:
    """Another offer, and what it shares with this one."""

    row: Row
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything that the page says. `next` says what happens next, and by when."""

    words: Words
    dates: Dates
    row: Row
    sittings: Sequence[Sitting]
    co_hosts: Sequence[str]
    next: str
    near: Sequence[Near]

    @property
    def offer(self) -> Listing:
        """The offer itself."""
        return self.row.offer


async def detail(tx: Tx, slug: str, language: str) -> Detail:
    """One offer that is no draft. Raises `NotFound`."""
    say, days = words(language), dates(language)
    offer = await offers.by_slug(tx, slug)
    rows = Rows(say, days, await organisations.names(tx))
    ahead = Filter(state=(State.PUBLISHED,), ends_after=offer.seen_at)
    return Detail(
        words=say,
        dates=days,
        row=rows.row(offer),
        sittings=sittings(offer),
        co_hosts=[rows.host(co_host) for co_host in offer.co_hosts],
        next=next_step(offer, say, days),
        near=near(offer, await offers.listed(tx, ahead, CANDIDATES), rows),
    )


def next_step(offer: Listing, words: Words, dates: Dates) -> str:
    """What a person should know or do now, with its time."""
    if offer.state is State.CANCELLED:
        return words("offer.card.cancelled")
    zone, all_sittings = ZoneInfo(offer.timezone), sittings(offer)
    closed = closed_because(offer.standing, offer.seen_at)
    if closed is not None and closed[0] == "offer-past":
        return words("offer.card.past", time=dates.days(all_sittings[-1].starts, all_sittings[-1].ends))
    if closed is not None and offer.registration_closes is not None:
        return words("offer.card.closed", time=dates.moment(offer.registration_closes.astimezone(zone)))
    until = offer.registration_closes or offer.ends_at
    return f"{_standing(offer, words)} {words('offer.card.until', time=dates.moment(until.astimezone(zone)))}"


def _standing(offer: Listing, words: Words) -> str:
    if offer.places is None:
        return words("offer.card.open")
    if offer.registered < offer.places and not offer.waiting:
        return words("offer.card.taken", n=offer.registered, places=offer.places)
    if not offer.waiting_list:
        return words("offer.card.full", places=offer.places)
    if offer.waiting:
        return words("offer.card.line", n=offer.waiting, places=offer.places)
    return words("offer.card.line.empty", places=offer.places)


def near(offer: Listing, candidates: Sequence[Listing], rows: Rows) -> list[Near]:
    """The offers ahead that share the most with this one."""
    found = [(other, _shared(offer, other)) for other in candidates if other.offer != offer.offer]
    found = [(other, reasons) for other, reasons in found if sum(WEIGHTS[r] for r in reasons) > 1]
    found.sort(key=lambda pair: (-sum(WEIGHTS[reason] for reason in pair[1]), pair[0].starts_at))
    return [Near(rows.row(other), reasons) for other, reasons in found[:NEAR]]


def _shared(offer: Listing, other: Listing) -> list[str]:
    placed = offer.country is not None and Mode.ONLINE not in (offer.mode, other.mode)
    shares = {
        "country": placed and offer.country == other.country,
        "theme": not set(offer.themes).isdisjoint(other.themes),
        "kind": offer.kind == other.kind,
        "host": not set(offer.hosts).isdisjoint(other.hosts),
    }
    return [reason for reason, shared in shares.items() if shared]
