"""The overview of all offers: what a filter leaves, and what a person needs to know beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.events.offers import offers
from services.events.offers.offers import Listing
from services.events.offers.query import Selection
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

    selection: Selection
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
        months = self.selection.groups.get("month", ())
        return sorted(
            (self.rows.row(offer, months) for offer in self.found), key=lambda row: row.shown.starts
        )

    def months(self, listed: Sequence[Row]) -> Sequence[Month]:
        """This page of the list, by month."""
        start = (self.selection.page - 1) * PER_PAGE
        return by_month(listed[start : start + PER_PAGE])

    def further(self, listed: Sequence[Row]) -> Sequence[Row]:
        """The rows behind this page."""
        return listed[self.selection.page * PER_PAGE :]

    def board(self) -> Sequence[Month]:
        """The month board."""
        return board(self.found, self.rows, self.selection.groups.get("month", ()))

    def table(self) -> Table:
        """The country board."""
        return table(self.found, self.words)


async def overview(tx: Tx, selection: Selection, now: datetime) -> Overview:
    """Read what the page needs: six statements, whatever the number of offers."""
    say, days = words(selection.language), dates(selection.language)
    wanted = selection.filter(now, *VISIBLE_STATES)
    everything = await facets.count(tx, selection.cleared().filter(now, *VISIBLE_STATES))
    here = await facets.count(tx, wanted) if selection.active else everything
    names = await organisations.names(tx)
    found = await offers.listed(tx, wanted, MOST)
    naming = Naming(say, days, names)
    return Overview(
        selection=selection,
        words=say,
        dates=days,
        total=await offers.counted(tx, selection.cleared().filter(now, *VISIBLE_STATES)),
        organisations=len(everything["organisation"]),
        countries=len(everything["country"]),
        left=await offers.counted(tx, replace(wanted, places_left=True)),
        groups=groups(selection, everything, here, naming, f"{now:%Y-%m}"),
        chips=chips(selection, naming),
        found=found,
        rows=Rows(say, days, names),
        way_out=None if found else await _way_out(tx, selection, naming, now),
    )


async def _way_out(tx: Tx, selection: Selection, naming: Naming, now: datetime) -> WayOut | None:
    """Drop the one filter without which the most is left, or else keep only the one that leaves the most."""
    for alone in (False, True):
        ways = [
            await _way(tx, group, alone, selection, naming, now)
            for group in dict.fromkeys(active.group for active in selection.active)
        ]
        best = max(ways, key=lambda way: way.count, default=None)
        if best is not None and best.count:
            return best
    return None


async def _way(
    tx: Tx, group: str, alone: bool, selection: Selection, naming: Naming, now: datetime
) -> WayOut:
    left = selection.with_only(group) if alone else selection.without_group(group)
    chosen = [active for active in selection.active if active.group == group]
    text = ", ".join([naming.spoken(chosen[0]), *(naming.value(active) for active in chosen[1:])])
    count = await offers.counted(tx, left.filter(now, *VISIBLE_STATES))
    return WayOut(text, count, left.address(), alone)
