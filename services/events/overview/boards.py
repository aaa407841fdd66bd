"""Offers by month, and by country and month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from services.events.offers.occurrences import Sitting, sittings
from services.events.offers.offers import Listing
from services.events.offers.rows import Row, Rows
from shared.i18n.texts import Words

MONTH_COLUMNS = 6


@dataclass(frozen=True, slots=True)
class Month:
    """The rows of one month, which begins on `first`."""

    first: date
    rows: Sequence[Row]

    @property
    def key(self) -> str:
        """YYYY-MM."""
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Country:
    """A country's offers: for each column of the table how many have a sitting then, and how many in all."""

    code: str
    name: str
    counts: Sequence[int]
    total: int


@dataclass(frozen=True, slots=True)
class Table:
    """Countries by the months of `columns`; if `later`, a last count is of all months behind them."""

    columns: Sequence[date]
    later: bool
    countries: Sequence[Country]


def by_month(rows: Sequence[Row]) -> list[Month]:
    """Rows under the month that each is listed in."""
    return [
        Month(date.fromisoformat(f"{month}-01"), list(group))
        for month, group in groupby(rows, key=lambda row: row.shown.month)
    ]


def board(found: Sequence[Listing], rows: Rows, months: tuple[str, ...]) -> list[Month]:
    """Each offer under each month that it has a sitting in, in one of `months` if there are any."""
    slips = [
        rows.at(offer, sitting)
        for offer in found
        for sitting in _firsts(offer).values()
        if not months or sitting.month in months
    ]
    return by_month(sorted(slips, key=lambda row: (row.shown.month, row.shown.starts)))


def table(found: Sequence[Listing], words: Words) -> Table:
    """How many offers there are in each country in each of the next months that have any."""
    placed = [(offer.country, set(_firsts(offer))) for offer in found if offer.country]
    months = sorted({month for _, touched in placed for month in touched})
    columns, later = months[:MONTH_COLUMNS], months[MONTH_COLUMNS:]
    countries = []
    for code in {code for code, _ in placed}:
        here = [touched for country, touched in placed if country == code]
        counts = [sum(month in touched for touched in here) for month in columns]
        if later:
            counts.append(sum(not touched.isdisjoint(later) for touched in here))
        countries.append(Country(code, words.term("country", code), counts, len(here)))
    countries.sort(key=lambda country: (-country.total, country.name))
    return Table([date.fromisoformat(f"{month}-01") for month in columns], bool(later), countries)


def _firsts(offer: Listing) -> Mapping[str, Sitting]:
    """The first sitting ahead in each month; of an offer whose sittings are over, its last one."""
    found = sittings(offer)
    ahead = [sitting for sitting in found if sitting.ends > offer.seen_at] or found[-1:]
    return {sitting.month: sitting for sitting in reversed(ahead)}
