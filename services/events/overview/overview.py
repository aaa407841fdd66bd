"""The overview of all offers: what a filter leaves, and what a person needs to know beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.events.offers import offers
from services.events.offers.offers import Listing
from services.events.offers.query import OfferQuery
from services.events.offers.rows import Row, Rows
from services.events.offers.rules import State
from services.events.overview import facets
from services.events.overview.boards import Month, Table, board, by_month, table
from services.events.overview.filter_panel import Chip, Group, Naming, chips, groups
from services.events.replicas import organisations
from shared.i18n.dates import Dates, dates
from shared.i18n.texts import Words, words
from shared.postgres.pool import Tx

MOST = 2000
PER_PAGE = 60
VISIBLE_STATES = (State.PUBLISHED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class WayOut:
    """Out of an empty list: the filter that emptied it, or the one that would leave something `alone`.

    `count` offers are at `address`, which drops the one, or keeps only the other.
    """

    text: str
    count: int
    address: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page says. `total`, `organisations` and `countries` are of all that is ahead."""

    query: OfferQuery
    words: Words
    dates: Dates
    total: int
    organisations: int
    countries: int
    left: int
    groups: Sequence[Group]
    chips: Sequence[Chip]
    found: Sequence[Listing]
    rows: Rows
    way_out: WayOut | None

    @property
    def count(self) -> int:
        """How many offers the filter leaves."""
        return len(self.found)

    def listed(self) -> Sequence[Row]:
        """All rows by the day that each is listed by."""
        months = self.query.month
        return sorted(
            (self.rows.row(offer, months) for offer in self.found), key=lambda row: row.shown.starts
        )

    def months(self, listed: Sequence[Row]) -> Sequence[Month]:
        """This page of the list, by month."""
        start = (self.query.page - 1) * PER_PAGE
        return by_month(listed[start : start + PER_PAGE])

    def further(self, listed: Sequence[Row]) -> Sequence[Row]:
        """The rows behind this page."""
        return listed[self.query.page * PER_PAGE :]

    def board(self) -> Sequence[Month]:
        """The month board."""
        return board(self.found, self.rows, self.query.month)

    def table(self) -> Table:
        """The country board."""
        return table(self.found, self.words)


async def overview(tx: Tx, query: OfferQuery, language: str, now: datetime) -> Overview:
    """Read what the page needs: six statements, whatever the number of offers."""
    say, days = words(language), dates(language)
    wanted = query.build_filter(now, *VISIBLE_STATES)
    everything = await facets.count(tx, query.without_filters().build_filter(now, *VISIBLE_STATES))
    here = await facets.count(tx, wanted) if query.active_filters else everything
    names = await organisations.names(tx)
    found = await offers.listed(tx, wanted, MOST)
    naming = Naming(say, days, names)
    return Overview(
        query=query,
        words=say,
        dates=days,
        total=await offers.counted(tx, query.without_filters().build_filter(now, *VISIBLE_STATES)),
        organisations=len(everything["organisation"]),
        countries=len(everything["country"]),
        left=await offers.counted(tx, replace(wanted, places_left=True)),
        groups=groups(query, everything, here, naming, f"{now:%Y-%m}"),
        chips=chips(query, naming),
        found=found,
        rows=Rows(say, days, names),
        way_out=None if found else await _way_out(tx, query, naming, now),
    )


async def _way_out(tx: Tx, query: OfferQuery, naming: Naming, now: datetime) -> WayOut | None:
    """Drop the one filter without which the most is left, or else keep only the one that leaves the most."""
    for alone in (False, True):
        ways = [
            await _way(tx, group, alone, query, naming, now)
            for group in dict.fromkeys(active.group for active in query.active_filters)
        ]
        best = max(ways, key=lambda way: way.count, default=None)
        if best is not None and best.count:
            return best
    return None


async def _way(tx: Tx, group: str, alone: bool, query: OfferQuery, naming: Naming, now: datetime) -> WayOut:
    left = query.with_group_only(group) if alone else query.without_group(group)
    chosen = [active for active in query.active_filters if active.group == group]
    text = ", ".join([naming.spoken(chosen[0]), *(naming.value(active) for active in chosen[1:])])
    count = await offers.counted(tx, left.build_filter(now, *VISIBLE_STATES))
    return WayOut(text, count, left.build_link("/"), alone)
