"""What every form of feed is made from: the offers that a filter leaves, and the words to tell them in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from services.events.offers import offers
from services.events.offers.offers import Listing
from services.events.offers.query import Selection
from services.events.offers.rows import Rows
from services.events.offers.rules import State
from services.events.replicas import organisations
from shared.i18n.dates import Dates, dates
from shared.i18n.texts import Words, words
from shared.postgres.pool import Tx

MOST = 2000
KEPT = timedelta(days=90)
VISIBLE = (State.PUBLISHED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Feed:
    """Offers by their start. `base` is where this service is reached, without a slash at its end.

    `changed_at` is when any offer changed last, or the beginning of the day if that is later: what is over leaves.
    """

    listings: Sequence[Listing]
    words: Words
    dates: Dates
    rows: Rows
    base: str
    selection: Selection
    changed_at: datetime

    def page(self, offer: Listing) -> str:
        """The address of the offer's page."""
        return f"{self.base}/events/{offer.slug}"

    @property
    def title(self) -> str:
        """What the feed is called: by its filters, if it has any."""
        return f"Alumnibus: {self.words('overview.tab')}"

    def address(self, path: str) -> str:
        """The feed's own address at `path`, or the overview's with these filters at "/"."""
        return self.base + self.selection.address(path)


async def ahead(tx: Tx, selection: Selection, base: str, now: datetime) -> Feed:
    """The offers that aren't over by the beginning of the day (UTC), cancelled ones too."""
    return await _feed(tx, selection, base, _midnight(now), _midnight(now), *VISIBLE)


async def kept(tx: Tx, selection: Selection, base: str, now: datetime) -> Feed:
    """As `ahead`, with those of the last 90 days, which a calendar should not lose at once."""
    return await _feed(tx, selection, base, _midnight(now) - KEPT, _midnight(now), *VISIBLE, State.COMPLETED)


async def one(tx: Tx, slug: str, selection: Selection, base: str) -> Feed:
    """A single offer. Raises `NotFound`."""
    offer = await offers.by_slug(tx, slug)
    return await _with_words(tx, [offer], selection, base, offer.changed_at)


async def _feed(
    tx: Tx, selection: Selection, base: str, since: datetime, midnight: datetime, *states: State
) -> Feed:
    listings = await offers.listed(tx, selection.filter(since, *states), MOST)
    changed = await tx.fetchval("SELECT max(changed_at) FROM offer WHERE state <> 'draft'")
    return await _with_words(tx, listings, selection, base, max(changed or midnight, midnight))


async def _with_words(
    tx: Tx, listings: Sequence[Listing], selection: Selection, base: str, changed_at: datetime
) -> Feed:
    say, days = words(selection.language), dates(selection.language)
    rows = Rows(say, days, await organisations.names(tx))
    return Feed(listings, say, days, rows, base, selection, changed_at)


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.date(), time(), now.tzinfo)
