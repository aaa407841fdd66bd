"""The overview of all offers: what a filter leaves, and what a person needs to know beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.events import facets, offers, organisations
from services.events.boards import Month, Table, board, by_month, table
from services.events.dates import Dates, dates
from services.events.filters import Chip, Group, Naming, chips, groups
from services.events.offers import Listing
from services.events.rows import Row, Rows
from services.events.rules import State
from services.events.selection import Active, Selection
from services.events.words import Words, words
from shared.postgres.pool import Tx

MOST = 2000
PER_PAGE = 60
VISIBLE_STATES = (State.PUBLISHED, State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Culprit:
    """The filter that emptied the list, how many offers there are without it, and where they are."""

    text: str
    count: int
    address: str


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
    culprit: Culprit | None

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
        culprit=None if found else await _culprit(tx, selection, naming, now),
    )


async def _culprit(tx: Tx, selection: Selection, naming: Naming, now: datetime) -> Culprit | None:
    """The one filter group without which the most offers are left; None if dropping one alone leaves none."""
    best = None
    for name, actives in _by_group(selection.active).items():
        without = selection.without_group(name)
        count = await offers.counted(tx, without.filter(now, *VISIBLE_STATES))
        if count > (best.count if best else 0):
            text = ", ".join([naming.spoken(actives[0]), *(naming.value(active) for active in actives[1:])])
            best = Culprit(text, count, without.address())
    return best


def _by_group(active: Sequence[Active]) -> Mapping[str, Sequence[Active]]:
    found: dict[str, list[Active]] = {}
    for one in active:
        found.setdefault(one.group, []).append(one)
    return found
